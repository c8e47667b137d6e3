//! Takes work from a feed: a JSON list of items, each with an id and a title.

use patchbay_sdk::{Item, Page, PluginError, ResultNote, TaskSource, config, http, task_source};
use serde::Deserialize;

/// What the operator must set.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Where the list is. Its host must be granted.
    url: String,
}

/// An item as the feed has it.
#[derive(Deserialize)]
struct Entry {
    id: String,
    title: String,
    #[serde(default)]
    body: String,
    #[serde(default)]
    done: bool,
}

struct Feed;

impl TaskSource for Feed {
    // The host remembers which items it has seen, by id and version.
    fn poll(_cursor: Option<&str>) -> Result<Page, PluginError> {
        let settings: Settings = config()?;
        let answer = http::Request::get(settings.url).send()?.require_success()?;
        let entries: Vec<Entry> = answer.json()?;
        let open = entries.into_iter().filter(|entry| !entry.done);
        let items = open.map(|entry| Item::new(entry.id, "1", entry.title).body(entry.body));
        Ok(Page::new(items, ""))
    }

    // A feed can only be read, so there is nobody to tell of a claim or of an end.
    fn claim(item: &str) -> Result<String, PluginError> {
        Ok(item.to_owned())
    }

    fn complete(_item: &str, _claim: &str, _note: &ResultNote) -> Result<(), PluginError> {
        Ok(())
    }

    fn release(_item: &str, _claim: &str, _reason: &str) -> Result<(), PluginError> {
        Ok(())
    }
}

task_source!(Feed);

#[cfg(test)]
mod tests {
    use patchbay_sdk::testing::{Mock, run_source_cases};
    use serde_json::json;

    use super::*;

    #[test]
    fn every_case_holds() {
        run_source_cases::<Feed>("cases");
    }

    #[test]
    fn a_feed_that_is_away_is_an_error_of_this_round() {
        let url = "https://feed.example.com/items.json";
        let mock = Mock::new().config(json!({ "url": url }));
        let _mock = mock.http().on("GET", url).fail("timeout", "30 s");
        assert_eq!(Feed::poll(None).unwrap_err().code, "timeout");
    }
}
