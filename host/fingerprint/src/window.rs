//! The part of a text that is looked at, cleaned: bounded, without terminal colours, with full-width forms made plain.
//! It must not know what an error looks like.

/// Bytes of a failure's text that are looked at; a longer text costs no more.
pub const TEXT_BYTES_MAX: usize = 16 * 1024;

/// Bytes of a longer text's beginning: where some put the error. The rest is its end, where a trace stands.
const HEAD_BYTES: usize = 2 * 1024;

pub(crate) fn looked_at(text: &str) -> String {
    if text.len() <= TEXT_BYTES_MAX {
        return clean(text);
    }
    let head = text.get(..text.floor_char_boundary(HEAD_BYTES)).unwrap_or_default();
    let from = text.ceil_char_boundary(text.len() - (TEXT_BYTES_MAX - HEAD_BYTES));
    let tail = text.get(from..).unwrap_or_default();
    let head = head.rsplit_once('\n').map_or(head, |(whole, _)| whole);
    let tail = tail.split_once('\n').map_or(tail, |(_, whole)| whole);
    format!("{}\n{}", clean(head), clean(tail))
}

fn clean(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '\u{1b}' if chars.next_if_eq(&'[').is_some() => {
                while chars.next_if(|c| !c.is_ascii_alphabetic() && *c != '\n').is_some() {}
                chars.next_if(char::is_ascii_alphabetic);
            }
            '\n' | '\t' => clean.push(char),
            char if char.is_control() => {}
            char => clean.push(plain(char)),
        }
    }
    clean
}

/// The ASCII form of a full-width character and of the quotes and stops that CJK text uses.
fn plain(char: char) -> char {
    match char {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(char) - 0xfee0).unwrap_or(char),
        '\u{3000}' | '\u{a0}' => ' ',
        '「' | '」' | '『' | '』' | '“' | '”' | '《' | '》' | '〈' | '〉' | '«' | '»' => '"',
        '‘' | '’' => '\'',
        '。' => '.',
        '、' => ',',
        '【' => '[',
        '】' => ']',
        char => char,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_long_text_the_beginning_and_the_end_are_looked_at() {
        let text = format!("the first line\n{}the last line", "编号 1\n".repeat(2_000_000));
        let seen = looked_at(&text);
        assert!(seen.len() <= TEXT_BYTES_MAX, "{}", seen.len());
        assert!(seen.starts_with("the first line\n") && seen.ends_with("\nthe last line"));
    }

    #[test]
    fn colours_and_full_width_forms_are_gone() {
        assert_eq!(looked_at("\u{1b}[31;1m错误\u{1b}[0m：“４２９”（《甲》）"), "错误:\"429\"(\"甲\")");
    }
}
