//! Walks over the members of all objects in a JSON text, in the order they stand in, without parsing or checking it.
//! It trusts nothing: of malformed JSON it just sees less. Several times as fast as a parser, for what is looked
//! at in every event of every stream.

/// A key and its value.
pub(crate) struct Member<'a> {
    /// How many objects and arrays it lies in: 1 at the top.
    pub(crate) depth: usize,
    /// Still escaped.
    pub(crate) key: &'a [u8],
    pub(crate) value: Value<'a>,
    /// The text from the value on.
    from_value: &'a [u8],
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Value<'a> {
    /// Still escaped, without its quotes.
    Text(&'a [u8]),
    /// Its members come next.
    Object,
    Array,
    Other,
}

/// The digits of the largest number that is read.
const DIGITS_MAX: usize = 19;

struct Members<'a> {
    rest: &'a [u8],
    depth: usize,
}

pub(crate) fn members(json: &[u8]) -> impl Iterator<Item = Member<'_>> {
    Members { rest: json, depth: 0 }
}

impl Member<'_> {
    pub(crate) fn is_text(&self) -> bool {
        matches!(self.value, Value::Text(_))
    }

    pub(crate) fn is_empty_array(&self) -> bool {
        self.from_value.strip_prefix(b"[").is_some_and(|inside| inside.trim_ascii_start().starts_with(b"]"))
    }

    /// A whole number that is not negative.
    pub(crate) fn number(&self) -> Option<u64> {
        let is_end = |byte: &u8| !byte.is_ascii_digit();
        let length = self.from_value.iter().take(DIGITS_MAX + 1).position(is_end)?;
        std::str::from_utf8(self.from_value.get(..length)?).ok()?.parse().ok()
    }
}

impl<'a> Iterator for Members<'a> {
    type Item = Member<'a>;

    fn next(&mut self) -> Option<Member<'a>> {
        while let Some((first, after)) = self.rest.split_first() {
            self.rest = after;
            match first {
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' => self.depth = self.depth.saturating_sub(1),
                b'"' => {
                    let key = self.text()?;
                    if let Some(value) = self.rest.trim_ascii_start().strip_prefix(b":") {
                        self.rest = value.trim_ascii_start();
                        let from_value = self.rest;
                        return Some(Member { depth: self.depth, key, value: self.value()?, from_value });
                    }
                }
                _ => {}
            }
        }
        None
    }
}

impl<'a> Members<'a> {
    fn value(&mut self) -> Option<Value<'a>> {
        match self.rest.split_first() {
            Some((b'"', text)) => {
                self.rest = text;
                self.text().map(Value::Text)
            }
            Some((b'{', _)) => Some(Value::Object),
            Some((b'[', _)) => Some(Value::Array),
            _ => Some(Value::Other),
        }
    }

    /// The rest of a string whose first quote is behind us.
    fn text(&mut self) -> Option<&'a [u8]> {
        let mut end = 0;
        loop {
            end += self.rest.get(end..)?.iter().position(|byte| matches!(byte, b'"' | b'\\'))?;
            if self.rest.get(end) == Some(&b'"') {
                let (text, after) = self.rest.split_at(end);
                self.rest = &after[1..];
                return Some(text);
            }
            end += 2;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_member_is_met_with_its_depth() {
        let check = |json: &str, expect: &str| {
            let shown: Vec<_> = members(json.as_bytes())
                .map(|member| {
                    let value = match member.value {
                        Value::Text(text) => String::from_utf8_lossy(text).into_owned(),
                        Value::Object => "{".to_owned(),
                        Value::Array => if member.is_empty_array() { "[]" } else { "[" }.to_owned(),
                        Value::Other if member.number().is_some() => format!("#{}", member.number().unwrap()),
                        Value::Other => "_".to_owned(),
                    };
                    format!("{}{}={value}", member.depth, String::from_utf8_lossy(member.key))
                })
                .collect();
            assert_eq!(shown.join(" "), expect, "{json}");
        };
        check(r#"{"a":"b","c" : 1,"d":null}"#, "1a=b 1c=#1 1d=_");
        check(r#"{"a":{"b":[{"c":"x"},"d"]},"e":{}}"#, "1a={ 2b=[ 4c=x 1e={");
        check(r#"{"a":[ ],"b":[[]],"c":12345678901234567890,"d":-1,"e":7"#, "1a=[] 1b=[ 1c=_ 1d=_ 1e=_");
        check(r#"{"a\"{":"\\","b":"}\"]"}"#, r#"1a\"{=\\ 1b=}\"]"#);
        check(r#"["a","b"]"#, "");
        check(r#"}}{"a":"cut"#, "");
        check(r#"{"a":"\"#, "");
        check(r#"{"a":"#, "1a=_");
        check("{\"a\":\"\\\"", "");
    }
}
