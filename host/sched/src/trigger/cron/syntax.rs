//! What a cron expression may look like. Each field is checked here, strictly and with an error that names it; only
//! then the expression goes to the library that searches. It must not know zones.

mod field;

use croner::parser::CronParser;
use thiserror::Error;

use field::{FIELDS, Field};

/// Characters of an expression. The longest that makes sense lists a few dozen minutes.
const TEXT_MAX: usize = 256;

const NICKNAMES: [(&str, &str); 7] = [
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
    ("@monthly", "0 0 1 * *"),
    ("@weekly", "0 0 * * 0"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@hourly", "0 * * * *"),
];

pub(super) struct Syntax {
    pub(super) pattern: croner::Cron,
    pub(super) fixed: bool,
}

#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum SyntaxError {
    #[error("a cron expression of {characters} characters is too long: expected at most {TEXT_MAX}")]
    Long { characters: usize },
    #[error(
        "cron '{text}' has {found} fields: expected 5 (minute, hour, day of month, month, day of week), 6 with the second first, or 7 with the year last"
    )]
    Fields { text: String, found: usize },
    #[error("cron '{text}': {field} '{found}' is wrong: expected {expected}")]
    Field { text: String, field: &'static str, found: String, expected: String },
    #[error(
        "cron '{text}' is no nickname that has a time: expected @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly, or 5 to 7 fields"
    )]
    Nickname { text: String },
    #[error("cron '{text}' is wrong: {reason}; expected 5 to 7 fields of numbers, ranges, lists and steps")]
    Refused { text: String, reason: String },
}

pub(super) fn read(text: &str) -> Result<Syntax, SyntaxError> {
    let characters = text.chars().count();
    if characters > TEXT_MAX {
        return Err(SyntaxError::Long { characters });
    }
    let spelt = spelt_out(text.trim())?;
    let words: Vec<&str> = spelt.split_whitespace().collect();
    let fields = fields(text, &words)?;
    let numbers = numbers(text, fields, &words)?;
    let fixed = !fields.iter().zip(&words).any(|(field, word)| field.is_time() && word.contains(['*', '/']));
    let refused = |error: croner::errors::CronError| refused(text, &error);
    Ok(Syntax { pattern: CronParser::new().parse(&numbers).map_err(refused)?, fixed })
}

fn spelt_out(text: &str) -> Result<&str, SyntaxError> {
    if !text.starts_with('@') {
        return Ok(text);
    }
    let known = NICKNAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
    known.map(|(_, fields)| *fields).ok_or_else(|| SyntaxError::Nickname { text: text.to_owned() })
}

fn fields(text: &str, words: &[&str]) -> Result<&'static [Field], SyntaxError> {
    let wrong = || SyntaxError::Fields { text: text.to_owned(), found: words.len() };
    let fields = match words.len() {
        5 => FIELDS.get(1..6),
        6 => FIELDS.get(..6),
        7 => FIELDS.get(..),
        _ => None,
    };
    fields.ok_or_else(wrong)
}

/// The expression with numbers for names.
fn numbers(text: &str, fields: &[Field], words: &[&str]) -> Result<String, SyntaxError> {
    let number = |(field, word): (&Field, &&str)| {
        let wrong = || SyntaxError::Field {
            text: text.to_owned(),
            field: field.name,
            found: (*word).to_owned(),
            expected: field.expected(),
        };
        field.numbers(word).ok_or_else(wrong)
    };
    let numbers: Result<Vec<String>, SyntaxError> = fields.iter().zip(words).map(number).collect();
    Ok(numbers?.join(" "))
}

fn refused(text: &str, error: &croner::errors::CronError) -> SyntaxError {
    SyntaxError::Refused { text: text.to_owned(), reason: error.to_string() }
}
