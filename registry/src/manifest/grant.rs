//! Whether the table `[grants]` makes sense: each entry well-formed, each capability one that the world has. It must
//! not know who allows what.

use patchbay_types::{FilesGrant, Grants, HttpGrant, LlmGrant};

use super::capability::Capability;
use super::origin;
use super::world::World;
use super::wrong::Wrong;
use crate::text::shown;

const ENTRIES_MAX: usize = 100;
const NAME_BYTES_MAX: usize = 64;
const PATH_BYTES_MAX: usize = 4096;
const KV_BYTES_MAX: u64 = 64 << 20;
const USD_PER_DAY_MAX: f64 = 10_000.0;

pub(super) fn check(grants: &Grants, world: World) -> Result<(), Wrong> {
    has(grants, world)?;
    kv(grants)?;
    entries("grants.http", grants.http.as_deref(), |grant: &HttpGrant| origin::check(grant.origin()))?;
    entries("grants.secrets", grants.secrets.as_deref(), |name| word("secret", name))?;
    grants.llm.as_ref().map_or(Ok(()), llm)?;
    entries("grants.process", grants.process.as_deref(), |name| program(name))?;
    entries("grants.files", grants.files.as_deref(), |files: &FilesGrant| root(&files.root))
}

fn has(grants: &Grants, world: World) -> Result<(), Wrong> {
    let none = Grants::default();
    let asked = |capability: &Capability| capability.is_missing(&none) && !capability.is_missing(grants);
    let beyond = Capability::ALL.iter().find(|one| asked(one) && !world.capabilities().contains(one));
    beyond.map_or(Ok(()), |one| {
        let message = format!(
            "grant {:?} cannot be given: a {} has {}; remove it",
            one.as_str(),
            world.as_str(),
            offered(world)
        );
        Err(Wrong::at("grants", message).below(one.as_str()))
    })
}

/// The grants that a world knows, in words.
fn offered(world: World) -> String {
    let with_grant = world.capabilities().iter().filter(|one| one.how_to_grant().is_some());
    let names: Vec<&str> = with_grant.map(|one| one.as_str()).collect();
    match names.is_empty() {
        true => "`log` and `config`, and takes no such grants".to_owned(),
        false => format!("the grants {}", names.join(", ")),
    }
}

fn kv(grants: &Grants) -> Result<(), Wrong> {
    match grants.kv {
        Some(kv) if !(1..=KV_BYTES_MAX).contains(&kv.max_bytes) => Err(Wrong::at(
            "grants.kv.max_bytes",
            format!("{} bytes, expected 1 to {KV_BYTES_MAX} (64 MiB)", kv.max_bytes),
        )),
        _ => Ok(()),
    }
}

fn llm(llm: &LlmGrant) -> Result<(), Wrong> {
    entries("grants.llm.models", Some(&llm.models), |name| word("model", name))?;
    match (0.0..=USD_PER_DAY_MAX).contains(&llm.usd_per_day) {
        true => Ok(()),
        false => Err(Wrong::at(
            "grants.llm.usd_per_day",
            format!("{} USD a day, expected 0 to {USD_PER_DAY_MAX}", llm.usd_per_day),
        )),
    }
}

fn entries<T>(
    place: &str,
    entries: Option<&[T]>,
    check: impl Fn(&T) -> Result<(), String>,
) -> Result<(), Wrong> {
    let entries = entries.unwrap_or_default();
    if entries.len() > ENTRIES_MAX {
        return Err(Wrong::at(place, format!("{} entries, expected at most {ENTRIES_MAX}", entries.len())));
    }
    let mut checked = entries.iter().enumerate();
    checked.try_for_each(|(at, entry)| check(entry).map_err(|message| Wrong::at(place, message).below(at)))
}

fn word(what: &str, name: &str) -> Result<(), String> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    match (1..=NAME_BYTES_MAX).contains(&name.len()) && name.bytes().all(allowed) {
        true => Ok(()),
        false => Err(format!(
            "{:?} is no name of a {what}: expected 1 to {NAME_BYTES_MAX} of a-z A-Z 0-9 . _ -",
            shown(name)
        )),
    }
}

fn program(name: &str) -> Result<(), String> {
    let is_plain = !name.contains('/');
    match is_path_text(name)
        && name.trim() == name
        && (is_plain && name != ".." && name != "." || is_normal(name))
    {
        true => Ok(()),
        false => Err(format!(
            "{:?} is no program: expected a name that is looked for in PATH, or an absolute path without `..`",
            shown(name)
        )),
    }
}

fn root(root: &str) -> Result<(), String> {
    match is_path_text(root) && (root == "/" || is_normal(root)) {
        true => Ok(()),
        false => Err(format!(
            "{:?} is no folder that can be granted: expected an absolute path without `.`, `..`, `//` and without a \
             slash at its end",
            shown(root)
        )),
    }
}

fn is_path_text(path: &str) -> bool {
    (1..=PATH_BYTES_MAX).contains(&path.len()) && !path.chars().any(char::is_control)
}

/// Absolute, and written in the one way that it can be.
fn is_normal(path: &str) -> bool {
    let parts = path.strip_prefix('/').map(|rest| rest.split('/'));
    parts.is_some_and(|mut parts| parts.all(|part| !matches!(part, "" | "." | "..")))
}
