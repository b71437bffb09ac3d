//! `bench`: the criterion benches, then the overhead of one call, then the Python package.

mod python;

use std::{ffi::OsString, process::ExitCode};

use anyhow::{Context, Result};

use crate::{cargo, workspace::Workspace};

const PACKAGE: &str = "llm-bench";
/// Measures the Python package alone.
const PYTHON_ALONE: &str = "--python";

/// Runs `cargo bench` with `arguments`, then the binary that compares one call with bare reqwest,
/// then the programs that compare the Python package with other clients. A promise that is not
/// kept fails it, and stops nothing.
///
/// # Errors
///
/// When something cannot be started or built.
pub(crate) fn run(workspace: &Workspace, arguments: &[OsString]) -> Result<ExitCode> {
    if let [first, rest @ ..] = arguments
        && first == PYTHON_ALONE
    {
        return python::run(workspace, rest);
    }
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
    let python = python::run(workspace, &[])?;
    Ok(if overhead.success() { python } else { cargo::exit_code(overhead) })
}
