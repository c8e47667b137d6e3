//! The languages that plugins are written in here, and what each has of its own: the file that a project is known by,
//! how it is built, how its own tests are run.

use std::fs;
use std::path::Path;

use super::project::Project;
use super::{cargo, js, python};
use crate::cli::Failure;

/// A language.
#[derive(clap::ValueEnum, Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Lang {
    #[default]
    Rust,
    /// JavaScript, by componentize-js
    Js,
    /// Python, by componentize-py
    Python,
}

impl Lang {
    pub const ALL: [Lang; 3] = [Self::Rust, Self::Js, Self::Python];

    /// As its folders of templates and SDK are called.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::Js => "js",
            Self::Python => "python",
        }
    }

    /// What a project in it has at its root.
    pub fn project_file(self) -> &'static str {
        match self {
            Self::Rust => "Cargo.toml",
            Self::Js => "package.json",
            Self::Python => "pyproject.toml",
        }
    }

    /// The language of the project in a folder.
    pub fn of(folder: &Path) -> Option<Self> {
        Self::ALL.into_iter().find(|lang| folder.join(lang.project_file()).is_file())
    }
}

/// The component, without its manifest.
///
/// # Errors
/// The language's tools are missing, or the plugin does not build.
pub async fn component(project: &Project) -> Result<Vec<u8>, Failure> {
    match project.lang {
        Lang::Rust => {
            let bare = cargo::build(project).await?;
            fs::read(&bare).map_err(|error| Failure::new(format!("cannot read {}: {error}", bare.display())))
        }
        Lang::Js => js::build(&project.folder, &project.manifest).await,
        Lang::Python => python::build(&project.folder, &project.manifest).await,
    }
}

/// Runs the plugin's own tests, natively.
///
/// # Errors
/// The language's tools are missing, or a test failed.
pub async fn native_tests(project: &Project) -> Result<(), Failure> {
    match project.lang {
        Lang::Rust => cargo::test(project).await,
        Lang::Js => js::test(&project.folder).await,
        Lang::Python => python::test(&project.folder).await,
    }
}
