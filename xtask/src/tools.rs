//! Programs that cargo installs, under the build folder, when they are first needed.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};

use crate::{cargo, workspace::Workspace};

/// Where the program of the package `name` is; installs this version where it is not there.
///
/// # Errors
///
/// When it cannot be installed.
pub(crate) fn installed(workspace: &Workspace, name: &str, version: &str) -> Result<PathBuf> {
    let folder = workspace.target().join("tools").join(format!("{name}-{version}"));
    let program = folder.join("bin").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    if !program.exists() {
        let status = cargo::command(workspace, ["install", name, "--locked", "--version"])
            .arg(format!("={version}"))
            .arg("--root")
            .arg(&folder)
            .status()
            .context("cannot start cargo")?;
        ensure!(status.success(), "{name} cannot be installed, see above");
    }
    Ok(program)
}
