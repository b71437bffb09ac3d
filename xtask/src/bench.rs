//! `bench`: the criterion benches, then the overhead of one call.

use std::{ffi::OsString, process::ExitCode};

use anyhow::{Context, Result};

use crate::{cargo, workspace::Workspace};

const PACKAGE: &str = "llm-bench";

/// Runs `cargo bench` with `arguments`, then the binary that compares one call with bare reqwest.
///
/// # Errors
///
/// When cargo cannot be started.
pub(crate) fn run(workspace: &Workspace, arguments: &[OsString]) -> Result<ExitCode> {
    let benches = cargo::command(workspace, ["bench", "--package", PACKAGE, "--bench", "*"])
        .args(arguments)
        .status()
        .context("cannot start cargo")?;
    if !benches.success() {
        return Ok(cargo::exit_code(benches));
    }
    let overhead =
        cargo::command(workspace, ["run", "--release", "--package", PACKAGE, "--bin", "overhead"])
            .status()
            .context("cannot start cargo")?;
    Ok(cargo::exit_code(overhead))
}
