//! The sections at a component's top level. What is nested inside them is not looked into.

use std::ops::Range;

use wasmparser::BinaryReader;

pub(crate) const MAGIC: &[u8; 4] = b"\0asm";
/// Version and layer that follow the magic bytes of a component, and of a core module.
pub(crate) const COMPONENT: &[u8; 4] = &[0x0d, 0, 1, 0];
pub(crate) const CORE_MODULE: &[u8; 4] = &[1, 0, 0, 0];
pub(crate) const PREAMBLE_BYTES: usize = MAGIC.len() + COMPONENT.len();

pub(crate) const CUSTOM: u8 = 0;
pub(crate) const IMPORT: u8 = 10;
pub(crate) const EXPORT: u8 = 11;

const FIRST_BYTES_MAX: usize = 8;

/// Why a file cannot be taken apart into sections.
#[derive(thiserror::Error, Clone, PartialEq, Eq, Debug)]
pub enum SectionError {
    #[error("the file is empty: expected a WebAssembly component")]
    Empty,
    #[error(
        "the file is not WebAssembly: it begins with {first}, expected 00 61 73 6d (`\\0asm`); give the .wasm file \
         that the build wrote"
    )]
    NotWasm {
        /// In hexadecimal, and as text where it is text.
        first: String,
    },
    #[error(
        "the file is a core module, expected a component: build with `--target wasm32-wasip2` (or `patchbay plugin \
         build`)"
    )]
    CoreModule,
    #[error(
        "the file is cut off: at offset {offset} more bytes are announced than follow (it ends at {size}); build or \
         copy it again"
    )]
    Truncated { offset: usize, size: usize },
    #[error("the file is not a valid component: {message} (at offset {offset}); build it again")]
    Invalid { offset: usize, message: String },
    #[error(
        "the component has {found} {what}, expected at most {most}: no plugin needs as many; build it smaller"
    )]
    TooMuch { what: &'static str, found: u64, most: u64 },
}

/// One section of a component.
pub(crate) struct Section<'a> {
    pub(crate) id: u8,
    /// All of it, with its header, in the file.
    pub(crate) range: Range<usize>,
    content: &'a [u8],
    content_offset: usize,
}

impl<'a> Section<'a> {
    pub(crate) fn reader(&self) -> BinaryReader<'a> {
        BinaryReader::new(self.content, self.content_offset)
    }

    /// What a custom section of this name holds; nothing for another section.
    pub(crate) fn custom(&self, name: &str) -> Option<&'a [u8]> {
        let mut reader = self.reader();
        if self.id != CUSTOM || reader.read_string().ok()? != name {
            return None;
        }
        reader.read_bytes(reader.bytes_remaining()).ok()
    }
}

/// The sections of a component, in their order.
pub(crate) fn sections(component: &[u8]) -> Result<Vec<Section<'_>>, SectionError> {
    check_preamble(component)?;
    let mut sections = Vec::new();
    let mut at = PREAMBLE_BYTES;
    while at < component.len() {
        let section = section_at(component, at)?;
        at = section.range.end;
        sections.push(section);
    }
    Ok(sections)
}

fn check_preamble(component: &[u8]) -> Result<(), SectionError> {
    let size = component.len();
    let head = &component[..size.min(PREAMBLE_BYTES)];
    let whole: Vec<u8> = [*MAGIC, *COMPONENT].concat();
    match (head.get(..4), head.get(4..8)) {
        _ if head.is_empty() => Err(SectionError::Empty),
        (Some(magic), Some(kind)) if magic == MAGIC && kind == COMPONENT => Ok(()),
        (Some(magic), Some(kind)) if magic == MAGIC && kind == CORE_MODULE => Err(SectionError::CoreModule),
        (Some(magic), Some(kind)) if magic == MAGIC => {
            let message = format!("unknown kind or version of WebAssembly: {}", hex(kind));
            Err(SectionError::Invalid { offset: 4, message })
        }
        _ if whole.starts_with(head) => Err(SectionError::Truncated { offset: 0, size }),
        _ => Err(SectionError::NotWasm { first: first(component) }),
    }
}

fn section_at(component: &[u8], start: usize) -> Result<Section<'_>, SectionError> {
    let size = component.len();
    let truncated = SectionError::Truncated { offset: start, size };
    let mut reader = BinaryReader::new(&component[start..], start);
    let header = reader.read_u8().and_then(|id| Ok((id, reader.read_var_u32()?)));
    let (id, length) = header.map_err(|error| match reader.eof() {
        true => truncated.clone(),
        false => SectionError::Invalid { offset: error.offset(), message: error.message().to_owned() },
    })?;
    let content_offset = reader.original_position();
    let content = reader.read_bytes(length as usize).map_err(|_| truncated)?;
    Ok(Section { id, range: start..reader.original_position(), content, content_offset })
}

fn first(bytes: &[u8]) -> String {
    let bytes = &bytes[..bytes.len().min(FIRST_BYTES_MAX)];
    let is_text = bytes.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ');
    match is_text {
        true => format!("{} (`{}`)", hex(bytes), String::from_utf8_lossy(bytes)),
        false => hex(bytes),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}
