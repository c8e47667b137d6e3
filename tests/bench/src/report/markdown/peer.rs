//! Other gateways beside the floor, as Markdown.

use std::fmt::{self, Write};

use super::mebibytes;
use crate::peer::PeerRow;

pub(super) fn table(text: &mut String, rows: &[PeerRow]) -> fmt::Result {
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(text, "\n### Other gateways, each in turn with the floor\n")?;
    writeln!(
        text,
        "Requests/s at 32 connections, p50 at one. Each has both cores if it can use them. The floor is of the same rounds.\n"
    )?;
    writeln!(
        text,
        "| | version | requests/s | the floor's | ratio | p50 us | the floor's | CPU us a request | RSS MiB | errors |"
    )?;
    writeln!(text, "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|")?;
    for row in rows {
        writeln!(
            text,
            "| {} | {} | {:.0} | {:.0} | {:.4} | {:.0} ({:+.0}) | {:.0} | {:.1} | {} | {} |",
            row.name,
            row.version,
            row.per_second,
            row.floor_per_second,
            row.ratio,
            row.p50_us,
            row.p50_added_us,
            row.floor_p50_us,
            row.processor_us,
            mebibytes(row.resident_bytes),
            row.errors
        )?;
    }
    Ok(())
}
