//! Starts `cargo-insta`, which edits inline snapshots; installed under the build folder when it is
//! first needed.

use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::{cargo, workspace::Workspace};

/// The release that belongs to the insta of this workspace.
const VERSION: &str = "1.49.0";

/// Runs `cargo insta TASK` over the workspace.
///
/// # Errors
///
/// When it cannot be installed or fails.
pub(crate) fn run(workspace: &Workspace, task: &str) -> Result<()> {
    let folder = workspace.target().join("tools").join(format!("cargo-insta-{VERSION}"));
    let program = folder.join("bin").join(format!("cargo-insta{}", std::env::consts::EXE_SUFFIX));
    if !program.exists() {
        let status = cargo::command(workspace, ["install", "cargo-insta", "--locked", "--version"])
            .arg(format!("={VERSION}"))
            .arg("--root")
            .arg(&folder)
            .status()
            .context("cannot start cargo")?;
        ensure!(status.success(), "cargo-insta cannot be installed, see above");
    }
    let status = Command::new(program)
        .args([task, "--workspace-root"])
        .arg(workspace.root())
        .status()
        .context("cannot start cargo-insta")?;
    ensure!(status.success(), "`cargo insta {task}` failed, see above");
    Ok(())
}
