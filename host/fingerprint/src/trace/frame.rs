//! One place in a trace, and whether it is the operator's own. Line numbers are never kept.

/// A function of a module.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Frame {
    /// The file's path, or empty.
    pub(crate) path: String,
    /// The module's name, without folders of the machine.
    pub(crate) module: String,
    /// The function's name; empty where none is known.
    pub(crate) function: String,
}

/// Folders of a path inside which a prefix may begin.
const FOLDERS_MAX: usize = 64;

/// Parts of paths that no operator writes.
#[rustfmt::skip]
const FOREIGN_PATHS: &[&str] = &[
    "site-packages/", "dist-packages/", "node_modules/", "/lib/python", "/usr/lib/", "/usr/local/go/",
    "/pkg/mod/", "/rustc/", "/.cargo/registry/", "/.cargo/git/", "/.rustup/", "node:", "internal/modules/",
    "<frozen", "<anonymous>", "<string>", "native", "evalmachine", "asyncio/",
];

/// Beginnings of modules that no operator writes.
#[rustfmt::skip]
const FOREIGN_MODULES: &[&str] = &[
    "std::", "core::", "alloc::", "<std::", "<core::", "<alloc::", "rust_begin_unwind", "__rust", "backtrace",
    "tokio::", "anyhow::", "futures", "hyper", "_start", "__libc", "main::__", "java.", "javax.", "jdk.",
    "sun.", "com.sun.", "kotlin.", "kotlinx.", "scala.", "org.springframework.", "org.apache.",
    "org.hibernate.", "org.postgresql.", "com.mysql.", "io.netty.", "reactor.", "org.junit.", "runtime.",
    "net/http.", "testing.", "reflect.",
];

/// Stems that say nothing without their folder.
const BARE_STEMS: &[&str] = &["__init__", "__main__", "index", "mod"];

impl Frame {
    /// A function in a source file.
    pub(super) fn in_file(path: &str, function: &str) -> Self {
        Self { path: path.to_owned(), module: module(path), function: plain_function(function) }
    }

    /// A symbol with its module in front, as `shop::ledger::balance` or `com.acme.Names.shorten`.
    pub(super) fn of_symbol(symbol: &str, separator: &str, path: &str) -> Self {
        let (module, function) = symbol.rsplit_once(separator).unwrap_or(("", symbol));
        Self { path: path.to_owned(), module: module.to_owned(), function: plain_function(function) }
    }

    /// Whether it is the operator's own, by his prefixes, or guessed where he gave none.
    pub(crate) fn is_own(&self, prefixes: &[&str]) -> bool {
        if prefixes.is_empty() {
            return self.is_guessed_own();
        }
        prefixes.iter().filter(|prefix| !prefix.is_empty()).any(|prefix| self.is_under(prefix))
    }

    fn is_under(&self, prefix: &str) -> bool {
        let inside = self.path.match_indices('/').filter_map(|(at, _)| self.path.get(at + 1..));
        self.path.starts_with(prefix)
            || self.module.starts_with(prefix)
            || inside.take(FOLDERS_MAX).any(|rest| rest.starts_with(prefix))
    }

    fn is_guessed_own(&self) -> bool {
        let symbol = format!("{self}");
        !FOREIGN_PATHS.iter().any(|part| self.path.contains(part))
            && !FOREIGN_MODULES.iter().any(|start| symbol.starts_with(start))
    }
}

impl std::fmt::Display for Frame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.module.as_str(), self.function.as_str()) {
            (module, "") => f.write_str(module),
            ("", function) => f.write_str(function),
            (module, function) => write!(f, "{module}:{function}"),
        }
    }
}

/// The file's stem; with its folder where the stem alone says nothing.
fn module(path: &str) -> String {
    let mut parts = path.rsplit(['/', '\\']);
    let file = parts.next().unwrap_or_default();
    let stem = file.split('.').find(|part| !part.is_empty()).unwrap_or(file);
    match parts.next() {
        Some(folder) if BARE_STEMS.contains(&stem) && !folder.is_empty() => format!("{folder}.{stem}"),
        _ => stem.to_owned(),
    }
}

/// Without receivers, aliases and the numbers that compilers give to closures.
fn plain_function(function: &str) -> String {
    let function = function.trim().trim_start_matches("async ").trim_start_matches("new ");
    let function = function.split(" [as ").next().unwrap_or_default();
    match function.rsplit_once('.').map_or(function, |(_, last)| last) {
        "<anonymous>" | "anonymous" | "" | "(anonymous)" if !function.is_empty() => "<anonymous>".to_owned(),
        name if name.starts_with("{closure") || name.starts_with("{{closure") => "{{closure}}".to_owned(),
        name if name.starts_with("lambda$") || name == "<lambda>" => "<lambda>".to_owned(),
        name if is_numbered_function(name) => "<func>".to_owned(),
        _ => function.trim_start_matches("Object.").to_owned(),
    }
}

/// Go's name for a function literal: `func1`.
fn is_numbered_function(name: &str) -> bool {
    name.strip_prefix("func").is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}
