//! `chaos`: what safety costs.

use std::{ffi::OsString, process::ExitCode};

use anyhow::{Context, Result};

use crate::{cargo, workspace::Workspace};

/// Runs the binary that measures it, with `arguments`. It fails when a target is missed.
///
/// # Errors
///
/// When cargo cannot be started.
pub(crate) fn run(workspace: &Workspace, arguments: &[OsString]) -> Result<ExitCode> {
    let program = ["run", "--release", "--package", "llm-bench", "--bin", "chaos", "--"];
    let status = cargo::command(workspace, program).args(arguments).status();
    Ok(cargo::exit_code(status.context("cannot start cargo")?))
}
