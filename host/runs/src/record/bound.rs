//! How much a record holds. It must not know what its entries mean.

use super::Output;

const SUMMARY_BYTES_MAX: usize = 4_000;
const LINKS_MAX: usize = 50;
const LINK_BYTES_MAX: usize = 1_000;
const DIFFS_MAX: usize = 20;
const DIFF_BYTES_MAX: usize = 4_000;
const COMMANDS_MAX: usize = 50;
const COMMAND_BYTES_MAX: usize = 1_000;
const FILES_MAX: usize = 100;
const FILE_NAME_BYTES_MAX: usize = 200;

impl Output {
    pub(super) fn bound(&mut self) {
        cut(&mut self.summary, SUMMARY_BYTES_MAX);
        texts(&mut self.links, LINKS_MAX, LINK_BYTES_MAX);
        texts(&mut self.key_diffs, DIFFS_MAX, DIFF_BYTES_MAX);
        texts(&mut self.commands, COMMANDS_MAX, COMMAND_BYTES_MAX);
        newest(&mut self.files, FILES_MAX);
        self.files.iter_mut().for_each(|file| cut(&mut file.name, FILE_NAME_BYTES_MAX));
    }
}

fn texts(list: &mut Vec<String>, entries_max: usize, bytes_max: usize) {
    newest(list, entries_max);
    list.iter_mut().for_each(|text| cut(text, bytes_max));
}

fn newest<T>(list: &mut Vec<T>, entries_max: usize) {
    list.drain(..list.len().saturating_sub(entries_max));
}

/// Without what JSON would blow up: control characters but breaks and tabs.
fn cut(text: &mut String, bytes_max: usize) {
    text.retain(|character| !character.is_control() || matches!(character, '\n' | '\t'));
    text.truncate(text.floor_char_boundary(bytes_max));
}
