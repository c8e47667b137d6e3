//! Paths that are no endpoint of ours but are passed on with the same limits and accounting. It must not know what
//! they are for.

/// A path below `/v1/` that may be passed on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct PassPath {
    path: String,
    /// In the ledger in the place of a model, where none is named: the entry of the list that let it through.
    label: String,
}

/// Why a path is not passed on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Barred {
    /// It is not on the list.
    Unknown,
    /// It has a part that a server may read as another path.
    Devious,
}

impl PassPath {
    /// `path` as it stands in the request, below `/v1/`.
    pub(crate) fn of(path: &str, list: &[String]) -> Result<Self, Barred> {
        if path.split('/').any(is_devious) {
            return Err(Barred::Devious);
        }
        let entry = list.iter().find(|entry| lets_through(entry, path)).ok_or(Barred::Unknown)?;
        let label = if entry == "*" { "(other)".to_owned() } else { format!("({entry})") };
        Ok(Self { path: path.to_owned(), label })
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.path
    }

    /// Its first part.
    pub(crate) fn first(&self) -> &str {
        self.path.split('/').next().unwrap_or_default()
    }

    pub(crate) fn label(&self) -> &str {
        &self.label
    }
}

/// The entry itself, and all below it.
fn lets_through(entry: &str, path: &str) -> bool {
    entry == "*" || path.strip_prefix(entry).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Empty, a dot or two, or with an encoded dot, slash or backslash.
fn is_devious(part: &str) -> bool {
    let lower = part.to_ascii_lowercase();
    part.is_empty()
        || matches!(part, "." | "..")
        || part.contains(['\\', ';'])
        || ["%2e", "%2f", "%5c", "%00", "%25"].iter().any(|code| lower.contains(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, expect: Result<&str, Barred>) {
        let list = ["files".to_owned(), "audio".to_owned()];
        let found = PassPath::of(path, &list);
        assert_eq!(found.as_ref().map(PassPath::label), expect.as_ref().copied(), "{path}");
    }

    #[test]
    fn only_what_is_on_the_list_is_passed_on() {
        check("files", Ok("(files)"));
        check("files/file-1/content", Ok("(files)"));
        check("audio/speech", Ok("(audio)"));
        check("filesystem", Err(Barred::Unknown));
        check("organization/users", Err(Barred::Unknown));
        assert_eq!(PassPath::of("organization", &["*".to_owned()]).unwrap().label(), "(other)");
    }

    #[test]
    fn a_path_that_may_be_read_as_another_is_barred() {
        for path in [
            "files/../organization",
            "files/./x",
            "files//x",
            "files/",
            "files/%2e%2E/x",
            "files/..%2Forganization",
            "files/a%5c..",
            "files/a\\b",
            "files/..;/x",
            "files/%252e",
        ] {
            check(path, Err(Barred::Devious));
        }
    }
}
