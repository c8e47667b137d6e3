//! A change of a slot, and how it is told: which generation came of it, what that may and what becomes of it.

use std::path::Path;

use patchbay_types::SlotName;
use serde::Deserialize;

use crate::cli::{AnswerOptions, Failure, answer, output};
use crate::client::{Request, segment};

/// The generation that came of a change.
#[derive(Deserialize)]
pub struct Changed {
    id: String,
    name: String,
    version: String,
    state: String,
    #[serde(default)]
    grants: Vec<String>,
    #[serde(default)]
    signed_by: Option<String>,
}

/// `/api/slots/SLOT/WHAT`.
pub fn slot_path(slot: &SlotName, what: &str) -> String {
    format!("/api/slots/{}/{what}", segment(slot))
}

/// Asks for a change; the generation is on standard output, the rest beside it.
///
/// # Errors
/// As [`answer::ask`].
pub async fn told(
    dir: &Path,
    request: Request,
    slot: &SlotName,
    options: AnswerOptions,
) -> Result<(), Failure> {
    let answer = answer::ask(dir, request).await?;
    match options.json {
        true => output::line(&answer.text()),
        false => answer.read::<Changed>()?.tell(slot),
    }
    Ok(())
}

impl Changed {
    pub fn tell(&self, slot: &SlotName) {
        output::line(&output::printable(&self.id));
        self.sentences(slot).iter().for_each(|sentence| output::note(&output::printable(sentence)));
    }

    pub fn tell_discarded(&self, slot: &SlotName) {
        let Self { id, name, version, .. } = self;
        output::line(&output::printable(id));
        let sentence = format!("the trial in {slot} is over: {name}@{version} is not put in charge");
        output::note(&output::printable(&sentence));
    }

    fn sentences(&self, slot: &SlotName) -> Vec<String> {
        let plugin = format!("{}@{}", self.name, self.version);
        let mut sentences = vec![match self.state.as_str() {
            "shadow" => format!(
                "{plugin} hears what {slot} is asked: look at `patchbay plugin diff-report --slot {slot}`, then promote \
                 or discard it"
            ),
            "canary" => format!(
                "{plugin} decides for some in {slot}: look at `patchbay plugin diff-report --slot {slot}`, then promote \
                 or discard it"
            ),
            _ => format!("{plugin} is in charge of {slot}"),
        }];
        sentences.extend(self.grants.iter().map(|grant| format!("it may: {grant}")));
        sentences.extend(self.signed_by.iter().map(|key| format!("signed by {key}")));
        sentences
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_says_what_becomes_of_the_plugin_and_what_it_may() {
        let changed = |state: &str| Changed {
            id: "notifiers/ops/3".to_owned(),
            name: "webhook".to_owned(),
            version: "1.0.0".to_owned(),
            state: state.to_owned(),
            grants: vec!["http hooks.example.com".to_owned()],
            signed_by: Some("release".to_owned()),
        };
        let slot: SlotName = "notifiers/ops".parse().unwrap();
        let sentences = changed("active").sentences(&slot);
        assert_eq!(
            sentences,
            [
                "webhook@1.0.0 is in charge of notifiers/ops",
                "it may: http hooks.example.com",
                "signed by release"
            ]
        );
        assert!(changed("shadow").sentences(&slot)[0].contains("diff-report --slot notifiers/ops"));
        assert_eq!(slot_path(&slot, "load"), "/api/slots/notifiers%2Fops/load");
    }
}
