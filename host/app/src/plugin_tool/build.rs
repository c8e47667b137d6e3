//! `patchbay plugin build`: project to plugin, one file that says of itself what it is, checked as a host checks it.

use std::fs;
use std::path::{Path, PathBuf};

use patchbay_registry::embed;
use patchbay_slots::{Checked, check};
use patchbay_types::{Bytes, Grants};

use super::inspect::scan_limits;
use super::lang;
use super::project::Project;
use crate::cli::{Failure, output, size};

/// A plugin that any host of this version would check and find good.
pub struct Built {
    pub path: PathBuf,
    pub component: Vec<u8>,
    pub checked: Checked,
}

/// Builds the plugin in `path` and says what came of it.
///
/// # Errors
/// It is no plugin's project, does not build, or would be refused at load.
pub async fn build(path: &Path) -> Result<(), Failure> {
    output::line(&component(&Project::open(path)?).await?.line());
    Ok(())
}

impl Built {
    /// Where it is, how large, and its digest.
    pub fn line(&self) -> String {
        let size = size(Bytes(self.component.len() as u64));
        format!("{}  {size}  {}", self.path.display(), self.checked.digest)
    }
}

/// Builds the component, puts the manifest into it, checks it, writes it into the project's folder.
///
/// # Errors
/// As [`build`].
pub async fn component(project: &Project) -> Result<Built, Failure> {
    let bare = lang::component(project).await?;
    let component = embed(&bare, &project.manifest).map_err(Failure::new)?;
    let checked = check(&component, scan_limits(), &Grants::default()).map_err(Failure::new)?;
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
