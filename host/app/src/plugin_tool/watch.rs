//! `patchbay plugin watch`: at every save the plugin is tested and built, and handed on. Ends at Ctrl-C.

mod changes;

use std::path::Path;

use super::build;
use super::lang;
use super::project::Project;
use super::test;
use crate::cli::{Failure, output};
use changes::Changes;

/// Tests and builds the plugin in `path` now and after each change of its files; hands each one that passes to
/// `on_built`. What fails is said, and does not end it.
///
/// # Errors
/// There is no such plugin, or its files cannot be watched.
pub async fn watch(path: &Path, on_built: impl AsyncFn(&Path) -> Result<(), Failure>) -> Result<(), Failure> {
    let project = Project::open(path)?;
    let mut changes = Changes::of(&project.folder)?;
    let stop = tokio::signal::ctrl_c();
    tokio::pin!(stop);
    loop {
        tokio::select! {
            () = tell_round(&project.folder, &on_built) => {}
            _ = &mut stop => return Ok(()),
        }
        output::note("waiting for a change; Ctrl-C ends it");
        tokio::select! {
            changed = changes.next() => output::note(&format!("changed: {}", changed?)),
            _ = &mut stop => return Ok(()),
        }
    }
}

async fn tell_round(folder: &Path, on_built: &impl AsyncFn(&Path) -> Result<(), Failure>) {
    if let Err(failure) = round(folder, on_built).await {
        output::note(&failure.to_string());
    }
}

/// The manifest is read anew: it may be what was changed.
async fn round(folder: &Path, on_built: &impl AsyncFn(&Path) -> Result<(), Failure>) -> Result<(), Failure> {
    let project = Project::open(folder)?;
    let cases = test::read_cases(&project)?;
    output::note("1/3 its own tests");
    lang::native_tests(&project).await?;
    output::note("2/3 build");
    let built = build::component(&project).await?;
    output::line(&built.line());
    output::note("3/3 cases in the sandbox");
    test::put(&cases, &built).await?;
    on_built(&built.path).await
}
