//! What a component may import, and what to do about the rest.

use patchbay_types::{Grants, Wasi};

use crate::contract::{ContractVersion, Interface, NAMES_MAX, PACKAGE};
use crate::text::shown;
use crate::{Capability, World};

/// An import that a component cannot have.
#[derive(thiserror::Error, Clone, PartialEq, Eq, Debug)]
#[error("the component imports {name}, which {}: {advice}", self.why())]
pub struct RefusedImport {
    pub name: String,
    pub world: World,
    /// The world has it, but it was not granted.
    pub grantable: bool,
    /// What the plugin's author, or its operator, can do.
    pub advice: String,
}

/// What a component is offered.
#[derive(Clone, Copy)]
pub(super) struct Offer<'a> {
    pub(super) world: World,
    pub(super) version: ContractVersion,
    pub(super) granted: &'a Grants,
    /// An analyzer that is asked while a client waits.
    pub(super) upstream: bool,
}

/// Why an import is refused.
enum Refusal {
    /// With what to do.
    NotOffered(String),
    NotGranted(String),
}

impl RefusedImport {
    fn why(&self) -> String {
        match self.grantable {
            true => "was not granted".to_owned(),
            false => format!("the world {} does not offer", self.world.as_str()),
        }
    }
}

impl Offer<'_> {
    /// The imports that are refused; of very many, the first.
    pub(super) fn refused(self, imports: &[String]) -> Vec<RefusedImport> {
        let refuse = |name: &String| {
            let (grantable, advice) = match self.refusal(name)? {
                Refusal::NotOffered(advice) => (false, advice),
                Refusal::NotGranted(advice) => (true, advice),
            };
            Some(RefusedImport { name: shown(name), world: self.world, grantable, advice })
        };
        imports.iter().filter_map(refuse).take(NAMES_MAX).collect()
    }

    /// None for an import that is offered.
    fn refusal(self, import: &str) -> Option<Refusal> {
        let Some(interface) = Interface::parse(import) else {
            return Some(not_offered("only interfaces of a package can be imported"));
        };
        match (interface.package, interface.name) {
            (PACKAGE, name) => self.own(interface, name),
            ("wasi:cli" | "wasi:io" | "wasi:clocks" | "wasi:random", _) => wasi(interface),
            // The standard library of Rust imports these whether or not a program opens files. There is nothing to
            // open.
            ("wasi:filesystem", "types" | "preopens") => wasi(interface),
            ("wasi:filesystem" | "wasi:sockets", _) => self.inert(interface),
            ("wasi:http", _) => Some(not_offered(
                "it has no such network; use the contract's http where the world has it (JavaScript: build with the \
                 features http and fetch-event disabled)",
            )),
            _ => Some(not_offered("remove the dependency that needs it")),
        }
    }

    fn own(self, interface: Interface<'_>, name: &str) -> Option<Refusal> {
        let capability = Capability::ALL.into_iter().find(|known| known.as_str() == name);
        if name != "types" && !capability.is_some_and(|one| self.has(one)) {
            return Some(not_offered(format!("it offers {}; remove the import", self.names())));
        }
        if interface.version != Some(self.version.as_str()) {
            let version = self.version;
            return Some(not_offered(format!(
                "it exports version {version} of the contract, so import that version too"
            )));
        }
        capability.filter(|one| one.is_missing(self.granted)).and_then(not_granted)
    }

    fn has(self, capability: Capability) -> bool {
        self.capabilities().any(|one| one == capability)
    }

    fn capabilities(self) -> impl Iterator<Item = Capability> {
        let always = |one: &Capability| matches!(one, Capability::Log | Capability::Config);
        let all = self.world.capabilities().iter().copied();
        all.filter(move |one| always(one) || (!self.upstream && self.version >= ContractVersion::V0_2_0))
    }

    /// `log, config`, and why no more.
    fn names(self) -> String {
        let names: Vec<&str> = self.capabilities().map(Capability::as_str).collect();
        match self.upstream {
            true => format!("{} to an analyzer that takes \"upstream\"", names.join(", ")),
            false => names.join(", "),
        }
    }

    fn inert(self, interface: Interface<'_>) -> Option<Refusal> {
        match self.granted.wasi {
            Some(Wasi::Inert) => wasi(interface),
            None => Some(Refusal::NotGranted(
                "remove the dependency that opens files or connections, for there are none; or, if a language's \
                 runtime imports it and does not use it, add wasi = \"inert\" to [grants] in plugin.toml, or load it \
                 with --grant wasi=inert"
                    .to_owned(),
            )),
        }
    }
}

fn wasi(interface: Interface<'_>) -> Option<Refusal> {
    let patch = interface.version.and_then(|version| version.strip_prefix("0.2."));
    let offered = patch.is_some_and(|patch| patch.parse::<u32>().is_ok());
    (!offered).then(|| not_offered("it offers WASI 0.2; build with `--target wasm32-wasip2`"))
}

fn not_offered(advice: impl Into<String>) -> Refusal {
    Refusal::NotOffered(advice.into())
}

fn not_granted(capability: Capability) -> Option<Refusal> {
    let (manifest, option) = capability.how_to_grant()?;
    Some(Refusal::NotGranted(format!(
        "add {manifest} to [grants] in plugin.toml, or load it with --grant {option}"
    )))
}
