//! Clients that crawl and requests that never end: each is ended in time, costs a bounded part of the host, and
//! harms nobody else.

mod body;
mod header;
mod reader;

use std::path::Path;

use crate::alone::{Alone, MODEL, NATIVE, PATIENCE};
use crate::report::Report;
use crate::say::say;
use crate::upstream::Asked;
use crate::words;

/// Short times, so that they can be waited for.
const CONFIG: &str =
    "[server]\nheader_timeout = \"1s\"\nbody_timeout = \"4s\"\nbody_bytes_max = \"32 MiB\"\n";

pub(crate) async fn run(binary: &Path) -> anyhow::Result<Report> {
    let mut report = Report::new("slow");
    say("slow: headers, bodies, readers");
    let stage = Alone::start(binary, CONFIG, play).await?;
    header::crawl(&stage, &mut report).await;
    header::bombs(&stage, &mut report).await;
    body::crawl(&stage, &mut report).await;
    body::sizes(&stage, &mut report).await;
    reader::crawl(&stage, &mut report).await;
    let next = stage.client.chat(MODEL, false, PATIENCE).await;
    report.expect(next.status() == 200, || {
        format!("expected the host to serve afterwards, found {}", next.shown())
    });
    stage.expect_quiet(&mut report).await;
    Ok(report)
}

fn play(asked: &Asked) -> crate::script::Script {
    if asked.text().contains(reader::MARK) { reader::flood() } else { words::good(NATIVE, asked.is_stream()) }
}
