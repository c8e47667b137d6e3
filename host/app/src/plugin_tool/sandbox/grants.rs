//! What a plugin may in a test: what it asks for. Where its manifest leaves to the operator what to reach (an empty
//! list), that is what the test has answers for.

use patchbay_types::{FilesGrant, Grants};
use serde_json::Value;

/// The grants, where `calls` are those that answers were given for.
pub fn widened<'a>(asked: &Grants, calls: impl Iterator<Item = &'a Value> + Clone) -> Grants {
    let mut grants = asked.clone();
    fill(grants.process.as_mut(), texts(calls.clone(), "/command/program"));
    fill(grants.secrets.as_mut(), texts(calls.clone(), "/name"));
    fill(grants.llm.as_mut().map(|llm| &mut llm.models), texts(calls, "/options/model"));
    let anywhere = FilesGrant { root: "/".to_owned(), write: true };
    fill(grants.files.as_mut(), std::iter::once(anywhere));
    grants
}

fn fill<T>(list: Option<&mut Vec<T>>, more: impl Iterator<Item = T>) {
    if let Some(list) = list.filter(|list| list.is_empty()) {
        list.extend(more);
    }
}

fn texts<'a>(calls: impl Iterator<Item = &'a Value>, pointer: &str) -> impl Iterator<Item = String> {
    calls.filter_map(move |call| call.pointer(pointer)?.as_str().map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_empty_list_is_filled_and_another_is_left_alone() {
        let calls = [
            json!({ "call": "process.spawn", "command": { "program": "sh" } }),
            json!({ "call": "secrets.exists", "name": "token" }),
        ];
        let grants = |process: &[&str]| Grants {
            process: Some(process.iter().map(|&name| name.to_owned()).collect()),
            ..Grants::default()
        };
        assert_eq!(widened(&grants(&[]), calls.iter()), grants(&["sh"]));
        assert_eq!(widened(&grants(&["git"]), calls.iter()), grants(&["git"]));
    }
}
