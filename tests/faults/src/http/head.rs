//! The lines before a body. It must not know which headers mean what.

/// A head as it came: its first line, and its fields in their order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Head {
    pub(crate) first: String,
    pub(crate) fields: Vec<(String, String)>,
}

impl Head {
    /// Reads a whole head with its empty line.
    ///
    /// # Errors
    /// A line that is no field, in words.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let text = String::from_utf8_lossy(bytes);
        let mut lines = text.split("\r\n").take_while(|line| !line.is_empty());
        let first = lines.next().unwrap_or_default().to_owned();
        let fields = lines.map(field).collect::<Result<_, _>>()?;
        Ok(Self { first, fields })
    }

    /// The first value of a field, without regard to case.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let same = move |field: &&(String, String)| field.0.eq_ignore_ascii_case(name);
        self.fields.iter().filter(same).map(|(_, value)| value.as_str())
    }

    /// The second word of the first line: a request's target, or an answer's status.
    pub(crate) fn second_word(&self) -> &str {
        self.first.split(' ').nth(1).unwrap_or_default()
    }

    pub(crate) fn method(&self) -> &str {
        self.first.split(' ').next().unwrap_or_default()
    }
}

fn field(line: &str) -> Result<(String, String), String> {
    let wrong = || format!("expected NAME: VALUE, found {line:?}");
    let (name, value) = line.split_once(':').ok_or_else(wrong)?;
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    let clean = !value.bytes().any(|byte| matches!(byte, b'\r' | b'\n' | 0));
    if name.is_empty() || !name.bytes().all(token) || !clean {
        return Err(wrong());
    }
    Ok((name.to_owned(), value.trim().to_owned()))
}
