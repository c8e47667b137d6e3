//! `patchbay plugin build`: crate to plugin, one file that says of itself what it is, checked as a host checks it.

use std::fs;
use std::path::{Path, PathBuf};

use patchbay_registry::embed;
use patchbay_slots::{Checked, check};
use patchbay_types::Bytes;

use super::cargo;
use super::project::Project;
use crate::cli::{Failure, output, size};
use crate::plugin_tool::inspect::scan_limits;

/// A plugin that any host of this version would check and find good.
pub struct Built {
    pub path: PathBuf,
    pub component: Vec<u8>,
    pub checked: Checked,
}

/// Builds the plugin in `path` and says what came of it.
///
/// # Errors
/// It is no plugin's crate, does not build, or would be refused at load.
pub async fn build(path: &Path) -> Result<(), Failure> {
    let built = component(&Project::open(path)?).await?;
    let size = size(Bytes(built.component.len() as u64));
    output::line(&format!("{}  {size}  {}", built.path.display(), built.checked.digest));
    Ok(())
}

/// Builds the component, puts the manifest into it, checks it, writes it into the crate's folder.
///
/// # Errors
/// As [`build`].
pub async fn component(project: &Project) -> Result<Built, Failure> {
    let bare = cargo::build(project).await?;
    let unreadable = |error| Failure::new(format!("cannot read {}: {error}", bare.display()));
    let bare = fs::read(&bare).map_err(unreadable)?;
    let component = embed(&bare, &project.manifest).map_err(Failure::new)?;
    let checked = check(&component, scan_limits()).map_err(Failure::new)?;
    let path = project.component();
    write_whole(&path, &component)?;
    Ok(Built { path, component, checked })
}

/// All or nothing: somebody may be loading the file that is replaced.
fn write_whole(path: &Path, component: &[u8]) -> Result<(), Failure> {
    let half = path.with_extension("wasm.part");
    fs::write(&half, component)
        .and_then(|()| fs::rename(&half, path))
        .map_err(|error| Failure::new(format!("cannot write {}: {error}", path.display())))
}
