//! In which document of a file a line lies. It must not know what is in it.

use super::Spot;
use super::tree::Place;

/// A line that begins with `---` always begins a document: YAML allows it in no value.
pub(super) fn spot(text: &str, (line, column): Place) -> Spot {
    let mut document = 0;
    for begun in text.lines().take(line) {
        let is_marker = begun == "---" || begun.starts_with("--- ") || begun.starts_with("---\t");
        let is_content = !matches!(begun.trim_start().chars().next(), None | Some('#' | '%'));
        if is_marker || document == 0 && is_content {
            document += 1;
        }
    }
    Spot { document: document.max(1), line, column }
}
