//! What may be typed after `patchbay secrets`.

use clap::Parser;

use crate::cli::{Cli, Status};

fn parses(line: &str) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(line.split_whitespace())
}

#[test]
fn every_documented_form_is_taken() {
    for form in [
        "patchbay secrets set telegram-token --origin https://api.telegram.org",
        "patchbay secrets set a --origin h --origin http://127.0.0.1:8080 --from-env A --json",
        "patchbay secrets set a --origin h --from-file f",
        "patchbay secrets list --json",
        "patchbay secrets rotate --json",
        "patchbay secrets drop-old",
        "patchbay secrets export --to age1a --to age1b --output f",
        "patchbay secrets export --to age1a --output -",
        "patchbay secrets import f --identity i --dry-run --json",
        "patchbay secrets remove a --json",
        "patchbay secret list",
    ] {
        assert!(parses(form).is_ok(), "{form}: {:?}", parses(form).err());
    }
}

#[test]
fn wrong_usage_is_refused_and_a_value_is_no_argument() {
    for form in [
        "patchbay secrets",
        "patchbay secrets set a",
        "patchbay secrets set a --origin",
        "patchbay secrets set a value --origin h",
        "patchbay secrets set a/b --origin h",
        "patchbay secrets set a --origin h --from-env A --from-file f",
        "patchbay secrets remove ..",
        "patchbay secrets export",
        "patchbay secrets import",
    ] {
        match parses(form) {
            Ok(_) => panic!("{form} was taken"),
            Err(error) => assert_eq!(error.exit_code(), Status::Usage as i32, "{form}"),
        }
    }
}
