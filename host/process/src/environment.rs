//! The few variables that every program gets besides its own. It must not know what a program needs them for.

/// Each variable, and what it is where the host itself has none.
const BASE: [(&str, Option<&str>); 4] =
    [("PATH", Some("/usr/local/bin:/usr/bin:/bin")), ("HOME", None), ("LANG", Some("C.UTF-8")), ("TZ", None)];

/// `PATH`, `HOME`, `LANG` and `TZ`, as the host has them. What is not UTF-8 counts as not there.
#[must_use]
pub fn base_environment() -> Vec<(String, String)> {
    let value = |name: &str, otherwise: Option<&str>| {
        std::env::var(name).ok().or_else(|| otherwise.map(str::to_owned))
    };
    BASE.iter().filter_map(|(name, otherwise)| Some(((*name).to_owned(), value(name, *otherwise)?))).collect()
}
