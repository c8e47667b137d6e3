//! Command lines of `patchbay` in the documentation: the binary knows each. A line of a block is tried as it stands, a
//! span within a sentence as far as it has no placeholder.

use std::collections::BTreeMap;

use super::page::{Block, Page};
use super::{none_wrong, pages};
use crate::harness::{Output, command};

#[tokio::test]
async fn every_command_is_known_to_the_binary() {
    let mut all: BTreeMap<Vec<String>, String> = BTreeMap::new();
    for page in pages() {
        for block in page.blocks().iter().filter(|block| is_shell(block)) {
            all.extend(
                lines(block).iter().flat_map(|line| typed(line)).map(|line| (line, block.place.clone())),
            );
        }
        all.extend(mentioned(&page).into_iter().map(|line| (line, page.path.clone())));
    }
    assert!(all.len() > 100, "only {} commands were found", all.len());
    let mut wrong = Vec::new();
    for (arguments, place) in all {
        wrong.extend(
            refused(&arguments).await.map(|why| format!("{place}: patchbay {}: {why}", arguments.join(" "))),
        );
    }
    none_wrong("commands are not known", &wrong);
}

/// With `--help` behind it a line is read to its end and nothing is done. `help` itself takes no option, and what comes
/// after `--` is somebody else's.
async fn refused(arguments: &[String]) -> Option<String> {
    let option = (arguments.first().map(String::as_str) != Some("help")).then_some("--help");
    let own = arguments.iter().map(String::as_str).take_while(|argument| *argument != "--");
    let arguments: Vec<&str> = own.chain(option).collect();
    let output = Output::of(command(&arguments), "").await;
    (output.status != Some(0)).then(|| output.stderr.lines().next().unwrap_or_default().to_owned())
}

fn is_shell(block: &Block) -> bool {
    matches!(block.lang.as_str(), "" | "sh" | "console" | "bash")
}

/// The lines that are typed, each whole.
pub(super) fn lines(block: &Block) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let (mut more, prompts) = (false, block.lang == "console");
    for line in block.text.lines() {
        let begins = line.strip_prefix("$ ").or_else(|| (!prompts).then_some(line));
        let (line, goes_on) = match begins {
            _ if more => (line, true),
            Some(line) => (line, false),
            None => continue,
        };
        more = line.ends_with('\\');
        let line = line.strip_suffix('\\').unwrap_or(line);
        match lines.last_mut().filter(|_| goes_on) {
            Some(last) => last.push_str(line.trim_start()),
            None => lines.push(line.to_owned()),
        }
    }
    lines
}

/// The commands of ours in a line, each as its arguments.
fn typed(line: &str) -> Vec<Vec<String>> {
    let own = |text: &str| text.trim_start().strip_prefix("patchbay ").map(words);
    let inner = line.split("$(").skip(1).filter_map(|rest| own(rest.split(')').next()?));
    let commands = own(line).into_iter().chain(inner);
    commands.filter(|words| !words.iter().any(|word| word.starts_with('[') || word.contains('…'))).collect()
}

/// As a shell takes them apart, up to what is no argument any more.
fn words(text: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
    for c in text.chars().chain([' ']) {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None, ' ') => {
                if matches!(word.as_str(), "|" | "<" | ">" | "&&" | ";" | "#") {
                    return words;
                }
                words.extend((!word.is_empty()).then(|| std::mem::take(&mut word)));
            }
            (_, c) => word.push(c),
        }
    }
    words
}

/// What is said of commands in sentences and headings, without placeholders and what comes after them.
fn mentioned(page: &Page) -> Vec<Vec<String>> {
    let spans = page.spans();
    let ours = spans.iter().filter_map(|span| span.strip_prefix("patchbay ")).map(words);
    ours.map(|mut words| {
        let end = words.iter().position(|word| is_placeholder(word)).unwrap_or(words.len());
        words.truncate(end);
        // An option that waits for a value that is not there.
        if end > 0 && words.last().is_some_and(|word| word.starts_with('-')) {
            words.pop();
        }
        words
    })
    .collect()
}

fn is_placeholder(word: &str) -> bool {
    let value = word.rsplit_once('=').map_or(word, |(_, value)| value);
    let beginning = value.split(['.', ':', '|', ',']).next().unwrap_or_default();
    let shouted =
        !beginning.is_empty() && beginning.chars().all(|c| c.is_ascii_uppercase() || c == '_' || c == '-');
    word.contains(['[', '(', '{', '…', '|', '<']) || (shouted && beginning != "-") || word == "x"
}

#[test]
fn a_line_is_taken_apart_as_a_shell_does() {
    let check = |line: &str, expect: &[&[&str]]| assert_eq!(typed(line), expect, "{line}");
    check("patchbay key list", &[&["key", "list"]]);
    check("export K=$(patchbay key create a)", &[&["key", "create", "a"]]);
    check("patchbay usage | head", &[&["usage"]]);
    check("patchbay plugin promote --accept-diff \"a b\"", &[&["plugin", "promote", "--accept-diff", "a b"]]);
    check("patchbay [--dir DIR] COMMAND", &[]);
    assert!(is_placeholder("FILE.wasm") && is_placeholder("SLOT") && is_placeholder("kv=BYTES"));
    assert!(!is_placeholder("routing") && !is_placeholder("-") && !is_placeholder("--slot"));
}
