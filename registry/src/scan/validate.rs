//! Validation of the whole binary, with a bound on what it may cost: a file of a few bytes can ask for very much work.
//! It must not know what a plugin is.

mod tally;

use wasmparser::{FuncValidatorAllocations, Parser, ValidPayload, Validator, WasmFeatures};

use crate::section::SectionError;
use tally::Tally;

/// What a plugin may be built from: WebAssembly 2.0 and plain components. Not the features in which most holes of
/// engines were found: async components, gc, exceptions, threads, 64-bit memories, several memories, relaxed SIMD.
const FEATURES: WasmFeatures =
    WasmFeatures::WASM2.union(WasmFeatures::EXTENDED_CONST).union(WasmFeatures::COMPONENT_MODEL);

/// Functions are validated as they come, so that no more than one is held.
pub(super) fn validate(component: &[u8]) -> Result<(), SectionError> {
    let mut parser = Parser::new(0);
    parser.set_features(FEATURES);
    let mut validator = Validator::new_with_features(FEATURES);
    let (mut tally, mut allocations) = (Tally::default(), FuncValidatorAllocations::default());
    for payload in parser.parse_all(component) {
        let payload = payload.map_err(invalid)?;
        tally.count(&payload)?;
        if let ValidPayload::Func(function, body) = validator.payload(&payload).map_err(invalid)? {
            let mut function = function.into_validator(allocations);
            function.validate(&body).map_err(invalid)?;
            allocations = function.into_allocations();
        }
    }
    Ok(())
}

pub(super) fn invalid(error: wasmparser::Error) -> SectionError {
    SectionError::Invalid { offset: error.offset(), message: error.message().to_owned() }
}
