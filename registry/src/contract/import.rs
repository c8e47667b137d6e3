//! What a component may import, and what to do about the rest.

use crate::World;
use crate::contract::{ContractVersion, Interface, NAMES_MAX, PACKAGE, shown};

/// An import that the world does not offer.
#[derive(thiserror::Error, Clone, PartialEq, Eq, Debug)]
#[error("the component imports {name}, which the world {} does not offer: {advice}", .world.as_str())]
pub struct RefusedImport {
    pub name: String,
    pub world: World,
    /// What the plugin's author can do.
    pub advice: String,
}

/// The imports that are refused; of very many, the first.
pub(super) fn refused(imports: &[String], world: World, version: ContractVersion) -> Vec<RefusedImport> {
    let refuse = |name: &String| {
        let advice = advice(name, version)?;
        Some(RefusedImport { name: shown(name), world, advice })
    };
    imports.iter().filter_map(refuse).take(NAMES_MAX).collect()
}

/// None for an import that is offered.
fn advice(import: &str, contract: ContractVersion) -> Option<String> {
    let Some(interface) = Interface::parse(import) else {
        return Some("only interfaces of a package can be imported".to_owned());
    };
    match (interface.package, interface.name) {
        (PACKAGE, "types" | "log" | "config") => (interface.version != Some(contract.as_str()))
            .then(|| format!("it exports version {contract} of the contract, so import that version too")),
        (PACKAGE, _) => Some("it offers log and config; remove the import".to_owned()),
        ("wasi:cli" | "wasi:io" | "wasi:clocks" | "wasi:random", _) => wasi(interface),
        // The standard library of Rust imports these whether or not a program opens files. There is nothing to open.
        ("wasi:filesystem", "types" | "preopens") => wasi(interface),
        ("wasi:http" | "wasi:sockets", _) => {
            Some("it has no network; remove the dependency that opens connections".to_owned())
        }
        _ => Some("remove the dependency that needs it".to_owned()),
    }
}

fn wasi(interface: Interface<'_>) -> Option<String> {
    let patch = interface.version.and_then(|version| version.strip_prefix("0.2."));
    let offered = patch.is_some_and(|patch| patch.parse::<u32>().is_ok());
    (!offered).then(|| "it offers WASI 0.2; build with `--target wasm32-wasip2`".to_owned())
}
