//! Starts `cargo-insta`, which edits inline snapshots.

use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::{tools, workspace::Workspace};

/// The release that belongs to the insta of this workspace.
const VERSION: &str = "1.49.0";

/// Runs `cargo insta TASK` over the workspace.
///
/// # Errors
///
/// When it cannot be installed or fails.
pub(crate) fn run(workspace: &Workspace, task: &str) -> Result<()> {
    let status = Command::new(tools::installed(workspace, "cargo-insta", VERSION)?)
        .args([task, "--workspace-root"])
        .arg(workspace.root())
        .status()
        .context("cannot start cargo-insta")?;
    ensure!(status.success(), "`cargo insta {task}` failed, see above");
    Ok(())
}
