//! Counts what makes validation dear, before it is validated. The numbers are far above what languages' compilers
//! write, and keep the work in proportion to the file's size.

use wasmparser::{
    BlockType, ComponentType, ComponentTypeSectionReader, CompositeInnerType, FunctionBody, Operator,
    Payload, TypeSectionReader,
};

use super::invalid;
use crate::section::SectionError;

/// Functions with code, in all modules. A guest that carries its language's runtime has some tens of thousands.
const FUNCTIONS_MAX: u64 = 250_000;
/// Types of modules, together.
const TYPES_MAX: u64 = 100_000;
/// Imports, exports, aliases and declarations at the level of components, together.
const ITEMS_MAX: u64 = 50_000;
/// Modules and components inside the component.
const PARTS_MAX: u64 = 500;
/// How deep they stand inside each other.
const DEPTH_MAX: u64 = 16;
/// Values that a function takes.
const PARAMETERS_MAX: u64 = 64;
/// Values that a function gives, and a block takes or gives: each branch is checked for all of them.
const RESULTS_MAX: u64 = 8;
/// Each instance of a component is checked for all that could be in it.
const INSTANCE_ITEMS_MAX: u64 = 500_000;
/// Each instance of a module is checked for the module's imports and exports.
const CORE_INSTANCE_ITEMS_MAX: u64 = 10_000_000;

/// What was seen so far.
#[derive(Default)]
pub(super) struct Tally {
    functions: u64,
    types: u64,
    items: u64,
    instances: u64,
    core_instances: u64,
    parts: u64,
    depth: u64,
    /// How many values the types of this module take.
    parameters: Vec<u64>,
    /// Imports and exports of this module, and of the one with the most.
    module_items: u64,
    largest_module: u64,
}

impl Tally {
    pub(super) fn count(&mut self, payload: &Payload<'_>) -> Result<(), SectionError> {
        match payload {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => self.enter(),
            Payload::End(_) => self.depth = self.depth.saturating_sub(1),
            Payload::CodeSectionStart { count, .. } => self.functions += u64::from(*count),
            Payload::CodeSectionEntry(body) => self.blocks(body)?,
            Payload::TypeSection(types) => self.types(types.clone())?,
            Payload::ImportSection(items) => self.module_items(items.count()),
            Payload::ExportSection(items) => self.module_items(items.count()),
            Payload::InstanceSection(items) => self.core_instances += u64::from(items.count()),
            Payload::ComponentInstanceSection(items) => self.instances += u64::from(items.count()),
            Payload::ComponentTypeSection(types) => self.declarations(types.clone())?,
            Payload::ComponentImportSection(items) => self.items += u64::from(items.count()),
            Payload::ComponentExportSection(items) => self.items += u64::from(items.count()),
            Payload::ComponentAliasSection(items) => self.items += u64::from(items.count()),
            Payload::ComponentCanonicalSection(items) => self.items += u64::from(items.count()),
            Payload::CoreTypeSection(types) => self.items += u64::from(types.count()),
            _ => {}
        }
        self.check()
    }

    fn check(&self) -> Result<(), SectionError> {
        let core_instance_items = self.core_instances.saturating_mul(self.largest_module);
        at_most("functions", self.functions, FUNCTIONS_MAX)?;
        at_most("types", self.types, TYPES_MAX)?;
        at_most("imports, exports and declarations", self.items, ITEMS_MAX)?;
        at_most("modules and components in it", self.parts, PARTS_MAX)?;
        at_most("modules and components inside each other", self.depth, DEPTH_MAX)?;
        at_most("things in instances", self.instances.saturating_mul(self.items), INSTANCE_ITEMS_MAX)?;
        at_most("things in instances of modules", core_instance_items, CORE_INSTANCE_ITEMS_MAX)
    }

    fn enter(&mut self) {
        (self.parts, self.depth) = (self.parts + 1, self.depth + 1);
        (self.parameters, self.module_items) = (Vec::new(), 0);
    }

    fn module_items(&mut self, count: u32) {
        self.module_items += u64::from(count);
        self.largest_module = self.largest_module.max(self.module_items);
    }

    fn types(&mut self, types: TypeSectionReader<'_>) -> Result<(), SectionError> {
        self.types += u64::from(types.count());
        at_most("types", self.types, TYPES_MAX)?;
        for group in types {
            for sub in group.map_err(invalid)?.into_types() {
                let (parameters, results) = match &sub.composite_type.inner {
                    CompositeInnerType::Func(function) => (function.params().len(), function.results().len()),
                    _ => (0, 0),
                };
                at_most("parameters of a function", parameters as u64, PARAMETERS_MAX)?;
                at_most("results of a function", results as u64, RESULTS_MAX)?;
                self.parameters.push(parameters as u64);
            }
        }
        Ok(())
    }

    fn declarations(&mut self, types: ComponentTypeSectionReader<'_>) -> Result<(), SectionError> {
        for item in types {
            let declarations = match item.map_err(invalid)? {
                ComponentType::Component(declarations) => declarations.len(),
                ComponentType::Instance(declarations) => declarations.len(),
                ComponentType::Defined(_) | ComponentType::Func(_) | ComponentType::Resource { .. } => 0,
            };
            self.items += 1 + declarations as u64;
            at_most("imports, exports and declarations", self.items, ITEMS_MAX)?;
        }
        Ok(())
    }

    fn blocks(&self, body: &FunctionBody<'_>) -> Result<(), SectionError> {
        let mut operators = body.get_operators_reader().map_err(invalid)?;
        while !operators.eof() {
            let block = match operators.read().map_err(invalid)? {
                Operator::Block { blockty } | Operator::Loop { blockty } | Operator::If { blockty } => {
                    blockty
                }
                _ => continue,
            };
            if let BlockType::FuncType(at) = block {
                let parameters = self.parameters.get(at as usize).copied().unwrap_or_default();
                at_most("parameters of a block", parameters, RESULTS_MAX)?;
            }
        }
        Ok(())
    }
}

fn at_most(what: &'static str, found: u64, most: u64) -> Result<(), SectionError> {
    if found <= most { Ok(()) } else { Err(SectionError::TooMuch { what, found, most }) }
}
