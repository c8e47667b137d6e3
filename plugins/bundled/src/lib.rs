//! The bundled plugins, built for the sandbox and embedded. It knows bytes and names: what a manifest says, and how
//! it gets into a component, is the registry's.

/// One plugin that comes with the host.
#[derive(Clone, Copy, Debug)]
pub struct Bundled {
    /// Its name, which is its folder's and its manifest's.
    pub name: &'static str,
    /// The kind of policy that it is, as its manifest says: `routing-policy`, `notifier`, ...
    pub world: &'static str,
    /// The component, without its manifest.
    pub component: &'static [u8],
    /// The text of its `plugin.toml`.
    pub manifest: &'static str,
}

/// All that an operator may use, in the order of their names.
#[must_use]
pub fn all() -> &'static [Bundled] {
    ALL
}

/// The policy that fails at every call: for the demo and the tests, offered to nobody.
#[must_use]
pub fn faulty() -> Bundled {
    include!(concat!(env!("OUT_DIR"), "/faulty.rs"))
}

const ALL: &[Bundled] = include!(concat!(env!("OUT_DIR"), "/bundled.rs"));

#[cfg(test)]
mod tests;
