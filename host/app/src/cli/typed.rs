//! What was typed, read; and what is wrong with it in plain words, where the parser has only a programmer's. It must not
//! know what any command does.

use std::error::Error;
use std::num::{IntErrorKind, ParseFloatError, ParseIntError};
use std::process::ExitCode;

use clap::Parser;
use clap::error::{ContextKind, ErrorKind};

use super::{Cli, Failure, Status};

/// # Errors
/// The status to end with, once it was said what is wrong, or what was asked for: a help text.
pub fn parse() -> Result<Cli, ExitCode> {
    Cli::try_parse().map_err(|error| match in_words(&error) {
        Some(failure) => failure.report(),
        // It ends the process with the parser's own status.
        None => error.exit(),
    })
}

/// None: the parser's own words are plain.
pub(super) fn in_words(error: &clap::Error) -> Option<Failure> {
    if error.kind() != ErrorKind::ValueValidation {
        return None;
    }
    let given = |kind| error.get(kind).map(ToString::to_string);
    let (argument, value) = (given(ContextKind::InvalidArg)?, given(ContextKind::InvalidValue)?);
    let expected = expected(error.source()?)?;
    let message = format!("invalid value '{value}' for '{argument}': {expected}");
    Some(Failure::new(message).hint("the same command with --help says what is taken").status(Status::Usage))
}

fn expected(wrong: &(dyn Error + 'static)) -> Option<String> {
    if let Some(wrong) = wrong.downcast_ref::<ParseIntError>() {
        let is_large = *wrong.kind() == IntErrorKind::PosOverflow;
        return Some(
            if is_large { "expected a smaller number" } else { "expected a whole number, 0 or more" }
                .to_owned(),
        );
    }
    if wrong.is::<ParseFloatError>() {
        return Some("expected a number, such as 0.5".to_owned());
    }
    let text = wrong.to_string();
    let (_, range) = text.split_once(" is not in ")?;
    let (least, most) = range.split_once("..=")?;
    // What a number can hold at most is no bound that anybody has set.
    Some(match most == u32::MAX.to_string() || most == u64::MAX.to_string() {
        true => format!("expected {least} or more"),
        false => format!("expected {least} to {most}"),
    })
}
