//! Whether a text looks like a script: a function `main`, and brackets that close. It is no parser: the skill that runs
//! the script has one. What it cannot tell it lets pass.

/// How deep the skill takes brackets.
const DEEP_MAX: usize = 48;
/// Behind these words a `/` begins a regular expression.
const BEFORE_PATTERN: [&str; 5] = ["return", "typeof", "case", "in", "of"];

/// # Errors
/// What is wrong, for the model.
pub(crate) fn check(source: &str) -> Result<(), String> {
    if !declares_main(source) {
        return Err("`source` declares no `function main(input, host)`".to_owned());
    }
    let mut scan = Scan { rest: source, open: Vec::new(), last: None, word: String::new(), blank: false };
    while let Some(found) = scan.next() {
        scan.step(found)?;
    }
    match scan.open.last() {
        None => Ok(()),
        Some(open) => Err(format!("`source` ends inside of a {open}")),
    }
}

fn declares_main(source: &str) -> bool {
    source.match_indices("function").any(|(at, word)| {
        let after = source.get(at + word.len()..).unwrap_or_default().trim_start();
        let name = after.strip_prefix('*').unwrap_or(after).trim_start();
        name.strip_prefix("main").is_some_and(|after| after.trim_start().starts_with('('))
    })
}

struct Scan<'a> {
    rest: &'a str,
    /// What has to be closed: brackets; a back quote for a template; `$` for what stands in `${` and `}` of one.
    open: Vec<char>,
    /// The last character that is no blank and no comment.
    last: Option<char>,
    /// The word that it ends, if it is of one.
    word: String,
    /// Whether a blank came behind it.
    blank: bool,
}

impl Scan<'_> {
    fn next(&mut self) -> Option<char> {
        let found = self.rest.chars().next()?;
        self.skip(found.len_utf8());
        Some(found)
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }

    fn step(&mut self, found: char) -> Result<(), String> {
        if self.open.last() == Some(&'`') {
            return self.template(found);
        }
        match found {
            '"' | '\'' => self.until(found)?,
            '/' if self.rest.starts_with('/') => {
                self.skip(self.rest.find('\n').unwrap_or(self.rest.len()));
                return Ok(());
            }
            '/' if self.rest.starts_with('*') => return self.comment(),
            '/' if self.is_pattern() => self.pattern(),
            '(' | '[' | '{' | '`' => self.push(found)?,
            ')' | ']' | '}' => self.close(found)?,
            _ => {}
        }
        self.remember(found);
        Ok(())
    }

    fn push(&mut self, found: char) -> Result<(), String> {
        self.open.push(found);
        match self.open.len() {
            0..=DEEP_MAX => Ok(()),
            _ => Err(format!("brackets in `source` are more than {DEEP_MAX} deep")),
        }
    }

    fn close(&mut self, found: char) -> Result<(), String> {
        match (self.open.pop(), found) {
            (Some('('), ')') | (Some('['), ']') | (Some('{' | '$'), '}') => Ok(()),
            (Some(open), _) => Err(format!("a {open} in `source` is closed by {found}")),
            (None, _) => Err(format!("a {found} in `source` closes nothing")),
        }
    }

    fn template(&mut self, found: char) -> Result<(), String> {
        match found {
            '\\' => drop(self.next()),
            '`' => {
                self.open.pop();
                self.remember(found);
            }
            '$' if self.rest.starts_with('{') => {
                self.skip(1);
                self.remember('{');
                self.push('$')?;
            }
            _ => {}
        }
        Ok(())
    }

    fn comment(&mut self) -> Result<(), String> {
        let end = self.rest.find("*/").ok_or("`source` ends inside of a comment")?;
        self.skip(end + 2);
        Ok(())
    }

    fn until(&mut self, quote: char) -> Result<(), String> {
        while let Some(found) = self.next() {
            match found {
                '\\' => drop(self.next()),
                '\n' => break,
                _ if found == quote => return Ok(()),
                _ => {}
            }
        }
        Err(format!("a text in `source` that begins with {quote} does not end in its line"))
    }

    /// Behind a value a `/` divides.
    fn is_pattern(&self) -> bool {
        match self.last {
            None => true,
            Some(last) if is_of_word(last) => BEFORE_PATTERN.contains(&&*self.word),
            Some(last) => !matches!(last, ')' | ']' | '}' | '"' | '\'' | '`' | '/'),
        }
    }

    /// To its end; if it has none in its line, it was none.
    fn pattern(&mut self) {
        let (mut class, mut escaped) = (false, false);
        let text = self.rest.lines().next().unwrap_or_default();
        for (at, found) in text.char_indices() {
            match found {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '[' => class = true,
                ']' => class = false,
                '/' if !class => return self.skip(at + 1),
                _ => {}
            }
        }
    }

    fn remember(&mut self, found: char) {
        if found.is_whitespace() {
            self.blank = true;
            return;
        }
        let behind_a_blank = std::mem::take(&mut self.blank);
        let goes_on = is_of_word(found) && self.last.is_some_and(is_of_word) && !behind_a_blank;
        if !goes_on {
            self.word.clear();
        }
        self.word.push(found);
        self.last = Some(found);
    }
}

fn is_of_word(found: char) -> bool {
    found.is_alphanumeric() || found == '_' || found == '$'
}
