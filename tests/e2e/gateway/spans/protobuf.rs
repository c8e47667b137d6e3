//! As much of protobuf's wire format as it takes to read spans in an `ExportTraceServiceRequest`.

/// A span, with its ids in hexadecimal and its attributes as text.
#[derive(Clone, Debug)]
pub(super) struct Span {
    pub(super) trace: String,
    pub(super) id: String,
    /// Empty: it is the first of its trace.
    pub(super) parent: String,
    pub(super) name: String,
    /// 2 is a server's, 3 a client's.
    pub(super) kind: u64,
    pub(super) start: u64,
    attributes: Vec<(String, String)>,
}

/// What a field holds.
#[derive(Clone, Copy)]
enum Value<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

/// All spans of all resources and scopes of an export.
pub(super) fn spans(export: &[u8]) -> Vec<Span> {
    let resources = bytes(export, 1);
    let scopes = resources.into_iter().flat_map(|resource| bytes(resource, 2));
    scopes.flat_map(|scope| bytes(scope, 2)).map(Span::read).collect()
}

impl Span {
    /// None if it has no such attribute.
    pub(super) fn attribute(&self, key: &str) -> Option<&str> {
        self.attributes.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    fn read(span: &[u8]) -> Self {
        let id = |number| bytes(span, number).first().map_or(String::new(), |id| hex(id));
        Self {
            trace: id(1),
            id: id(2),
            parent: id(4),
            name: text(bytes(span, 5)[0]),
            kind: number(span, 6),
            start: number(span, 7),
            attributes: bytes(span, 9).into_iter().map(attribute).collect(),
        }
    }
}

/// A key, and a value of one of the kinds that there are.
fn attribute(pair: &[u8]) -> (String, String) {
    let value = bytes(pair, 2)[0];
    let shown = fields(value).into_iter().next().map_or(String::new(), |(kind, value)| match (kind, value) {
        (1, Value::Bytes(words)) => text(words),
        (2, Value::Number(truth)) => (truth == 1).to_string(),
        (4, Value::Number(bits)) => f64::from_bits(bits).to_string(),
        (_, Value::Number(number)) => number.to_string(),
        (_, Value::Bytes(other)) => hex(other),
    });
    (text(bytes(pair, 1)[0]), shown)
}

fn bytes(message: &[u8], wanted: u64) -> Vec<&[u8]> {
    let of = |(number, value)| match value {
        Value::Bytes(bytes) if number == wanted => Some(bytes),
        _ => None,
    };
    fields(message).into_iter().filter_map(of).collect()
}

fn number(message: &[u8], wanted: u64) -> u64 {
    let of = |(number, value)| match value {
        Value::Number(found) if number == wanted => Some(found),
        _ => None,
    };
    fields(message).into_iter().find_map(of).unwrap_or_default()
}

/// Every field with its number.
fn fields(mut message: &[u8]) -> Vec<(u64, Value<'_>)> {
    let mut found = Vec::new();
    while !message.is_empty() {
        let tag = varint(&mut message);
        let value = match tag & 7 {
            0 => Value::Number(varint(&mut message)),
            1 => Value::Number(u64::from_le_bytes(take(&mut message, 8).try_into().unwrap())),
            2 => {
                let length = usize::try_from(varint(&mut message)).unwrap();
                Value::Bytes(take(&mut message, length))
            }
            5 => Value::Number(u32::from_le_bytes(take(&mut message, 4).try_into().unwrap()).into()),
            other => panic!("no wire type {other}"),
        };
        found.push((tag >> 3, value));
    }
    found
}

fn varint(message: &mut &[u8]) -> u64 {
    let mut value = 0;
    for shift in (0..).step_by(7) {
        let byte = take(message, 1)[0];
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            break;
        }
    }
    value
}

fn take<'a>(message: &mut &'a [u8], count: usize) -> &'a [u8] {
    let (taken, rest) = message.split_at(count);
    *message = rest;
    taken
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
