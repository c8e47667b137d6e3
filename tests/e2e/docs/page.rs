//! A page of documentation, taken apart: blocks of code with the comment that marks them, spans of code, links, headings.
//! It must not know what any of them is for.

use std::path::Path;

use crate::harness::root;

pub(super) struct Page {
    /// From the root of the repository: `docs/plugins.md`.
    pub(super) path: String,
    pub(super) text: String,
}

/// Code that stands by itself.
#[derive(Clone, Debug)]
pub(super) struct Block {
    /// `docs/plugins.md:12`, for messages.
    pub(super) place: String,
    /// `rust`, `console`; empty for one that is only indented.
    pub(super) lang: String,
    /// The text of the comment in the line before: `file: src/lib.rs`; empty if there is none.
    pub(super) mark: String,
    /// Its lines, each with its end.
    pub(super) text: String,
}

/// Every page below a folder of the repository.
pub(super) fn below(folder: &str) -> Vec<String> {
    let mut pages = Vec::new();
    for entry in std::fs::read_dir(root().join(folder)).unwrap() {
        let name = format!("{folder}/{}", entry.unwrap().file_name().to_str().unwrap());
        match root().join(&name).is_dir() {
            true => pages.extend(below(&name)),
            false if name.ends_with(".md") => pages.push(name),
            false => {}
        }
    }
    pages.sort();
    pages
}

impl Page {
    pub(super) fn read(path: &str) -> Self {
        let text = std::fs::read_to_string(root().join(path)).unwrap();
        Self { path: path.to_owned(), text }
    }

    /// `worlds`, of `docs/worlds/notifier.md`.
    pub(super) fn folder(&self) -> &str {
        let folder = Path::new(&self.path).parent().and_then(Path::file_name);
        folder.and_then(|name| name.to_str()).unwrap_or_default()
    }

    /// `notifier`, of `docs/worlds/notifier.md`.
    pub(super) fn name(&self) -> &str {
        Path::new(&self.path).file_stem().unwrap().to_str().unwrap()
    }

    pub(super) fn blocks(&self) -> Vec<Block> {
        let mut lines = self.text.lines().enumerate().peekable();
        let (mut blocks, mut before) = (Vec::new(), "");
        while let Some((number, line)) = lines.next() {
            let mut block = self.block(number, before);
            if let Some(info) = line.trim_start().strip_prefix("```") {
                let indent = line.len() - line.trim_start().len();
                block.lang = info.trim().to_owned();
                for (_, line) in lines.by_ref().take_while(|(_, line)| line.trim() != "```") {
                    block.push(line.get(indent..).unwrap_or_default());
                }
                blocks.push(block);
            } else if line.starts_with("    ") && before.trim().is_empty() {
                block.push(line.trim_start());
                while let Some((_, line)) = lines.next_if(|(_, line)| line.starts_with("    ")) {
                    block.push(line.trim_start());
                }
                blocks.push(block);
            }
            before = line;
        }
        blocks
    }

    fn block(&self, number: usize, before: &str) -> Block {
        let mark = before.trim().strip_prefix("<!--").and_then(|rest| rest.strip_suffix("-->"));
        Block {
            place: format!("{}:{}", self.path, number + 1),
            lang: String::new(),
            mark: mark.unwrap_or_default().trim().to_owned(),
            text: String::new(),
        }
    }

    /// The page without its blocks.
    pub(super) fn prose(&self) -> String {
        let (mut prose, mut fenced) = (String::new(), false);
        for line in self.text.lines() {
            let fence = line.trim_start().starts_with("```");
            fenced ^= fence;
            if !fenced && !fence && !line.starts_with("    ") {
                prose.push_str(line);
                prose.push('\n');
            }
        }
        prose
    }

    /// What stands between single backquotes, lines joined.
    pub(super) fn spans(&self) -> Vec<String> {
        let prose = self.prose();
        let paragraphs = prose.split("\n\n");
        paragraphs
            .flat_map(|text| text.split('`').skip(1).step_by(2).map(|span| span.replace('\n', " ")))
            .collect()
    }

    /// Where its links lead.
    pub(super) fn links(&self) -> Vec<String> {
        let prose = self.prose();
        let after = prose.split("](").skip(1);
        after.filter_map(|rest| rest.split_once(')')).map(|(link, _)| link.to_owned()).collect()
    }

    /// Its headings as links name them: `what-is-recorded`.
    pub(super) fn anchors(&self) -> Vec<String> {
        let prose = self.prose();
        let headings = prose.lines().filter(|line| line.starts_with('#'));
        headings.map(|line| anchor(line.trim_start_matches('#').trim())).collect()
    }
}

impl Block {
    fn push(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// What the mark says after this word: `src/lib.rs` after `file:`.
    pub(super) fn marked(&self, word: &str) -> Option<&str> {
        self.mark.strip_prefix(word).map(str::trim)
    }
}

fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect()
}
