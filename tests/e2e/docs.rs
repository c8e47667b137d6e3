//! The documentation, held to what it says: its commands are known to the binary, its manifests, cases and calls are
//! read by the code that reads them elsewhere, its Rust compiles and its tests pass, its links lead somewhere, and the
//! tutorial works when it is typed. What these tests may not do is know a page by heart.

mod commands;
mod data;
mod examples;
mod keys;
mod links;
mod page;
mod shell;
mod tutorial;

use page::Page;

/// Reports all that is wrong at once: whoever mends a page wants to see everything.
fn none_wrong(what: &str, wrong: &[String]) {
    assert!(wrong.is_empty(), "{} {what}:\n{}", wrong.len(), wrong.join("\n"));
}

/// What was written for this project. Other files of the repository are not pages.
fn pages() -> Vec<Page> {
    let mut pages: Vec<Page> = page::below("docs").iter().map(|path| Page::read(path)).collect();
    let more = [
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
        "CHANGELOG.md",
        "wit/README.md",
        "sdk/rust/README.md",
    ];
    pages.extend(more.iter().map(|path| Page::read(path)));
    pages
}
