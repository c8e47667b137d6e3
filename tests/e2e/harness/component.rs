//! Components made from text: a core module that says what it does to the byte, dressed as a plugin of some world.

mod asking;
mod dress;

use patchbay_registry::{Manifest, embed};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use super::root;

pub(crate) use asking::asker;
pub(crate) use dress::{Core, Dress};

/// What a policy from [`policy`] answers, whatever it is asked.
#[derive(Clone, Copy)]
pub(crate) struct Answer<'a> {
    /// 0 is a decision, 1 an error; others are wrong.
    pub(crate) discriminant: u32,
    /// The only index in the order.
    pub(crate) index: u32,
    /// As text of the text format: `\ff` is a byte.
    pub(crate) reason: &'a str,
    /// Length of the reason in bytes.
    pub(crate) reason_bytes: u32,
}

impl Default for Answer<'_> {
    fn default() -> Self {
        Self { discriminant: 0, index: 0, reason: "played", reason_bytes: 6 }
    }
}

/// A plugin that always gives the same answer. Contract 0.1.0 or 0.2.0.
pub(crate) fn policy(name: &str, contract: &str, answer: Answer<'_>) -> Vec<u8> {
    let Answer { discriminant, index, reason, reason_bytes } = answer;
    // The result's payload begins at 2056: order, reason, and (0.2.0) an option that is none.
    let code = format!(
        "(i32.store8 (i32.const 2048) (i32.const {discriminant}))
         (i32.store (i32.const 1024) (i32.const {index}))
         (i32.store (i32.const 2056) (i32.const 1024)) (i32.store (i32.const 2060) (i32.const 1))
         (i32.store (i32.const 2064) (i32.const 1040)) (i32.store (i32.const 2068) (i32.const {reason_bytes}))
         (i32.store8 (i32.const 2072) (i32.const 0))"
    );
    plugin(name, contract, &code, &format!("(data (i32.const 1040) \"{reason}\")"))
}

/// A plugin whose `rank` runs `code` and then answers with what lies at 2048. `more` stands beside its functions.
pub(crate) fn plugin(name: &str, contract: &str, code: &str, more: &str) -> Vec<u8> {
    let core = Core { code, more, ..Core::default() };
    embed(&core.component(Dress::Policy, contract), &manifest(name, contract)).unwrap()
}

/// A component of a world of the contract around a core module in text.
fn component(world: &str, contract: &str, module: &str) -> Vec<u8> {
    let mut module = wat::parse_str(module).unwrap_or_else(|error| panic!("{error}"));
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(root().join(format!("wit/since-v{contract}"))).unwrap();
    let world = resolve.select_world(&[package], Some(world)).unwrap();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    ComponentEncoder::default().validate(true).module(&module).unwrap().encode().unwrap()
}

/// A component without code, with these imports and exports.
pub(crate) fn exporting(imports: &[&str], exports: &[&str]) -> Vec<u8> {
    let imports: String = imports.iter().map(|name| format!("(import \"{name}\" (instance))")).collect();
    let exports: String =
        exports.iter().map(|name| format!("(export \"{name}\" (instance $empty))")).collect();
    wat::parse_str(format!("(component {imports} (instance $empty) {exports})")).unwrap()
}

pub(crate) fn manifest(name: &str, contract: &str) -> Manifest {
    let text = format!(
        "[plugin]\nname = \"{name}\"\nversion = \"1.0.0\"\nworld = \"routing-policy\"\ncontract = \"{contract}\"\n"
    );
    Manifest::parse(&text, "plugin.toml").unwrap()
}

/// `component` with the manifest of a plugin of `world` in it. `tables` stand after `[plugin]`: `[grants]` and the like.
pub(crate) fn with_manifest(
    component: &[u8],
    name: &str,
    version: &str,
    world: &str,
    tables: &str,
) -> Vec<u8> {
    let text = format!(
        "[plugin]\nname = \"{name}\"\nversion = \"{version}\"\nworld = \"{world}\"\ncontract = \"0.2.0\"\n{tables}"
    );
    let manifest = Manifest::parse(&text, "plugin.toml").unwrap_or_else(|error| panic!("{error}"));
    embed(component, &manifest).unwrap()
}
