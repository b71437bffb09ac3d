//! The Python package beside other clients: a release wheel, installed, and its programs.

use std::{
    ffi::OsString,
    process::{Command, ExitCode},
};

use anyhow::{Context, Result};

use crate::{
    cargo,
    python::{
        interpreter,
        venv::{BENCHES, Installation},
        wheel::{self, Profile},
    },
    workspace::Workspace,
};

/// Measures every row and prints the table.
const ROWS: &str = "crates/llm-bench/python/rows.py";
/// The upstream and the client in Rust; the upstream that takes its time.
const PROGRAMS: [&str; 2] = ["overhead", "simulated-upstream"];
const BUILD: [&str; 10] = [
    "build",
    "--release",
    "--package",
    "llm-bench",
    "--package",
    "llm-testkit",
    "--bin",
    PROGRAMS[0],
    "--bin",
    PROGRAMS[1],
];

/// Builds, installs and measures. Without a Python that fits nothing is measured, which it says.
///
/// # Errors
///
/// When something cannot be built, installed or started.
pub(super) fn run(workspace: &Workspace, arguments: &[OsString]) -> Result<ExitCode> {
    println!("\nThe Python package\n");
    let interpreter = match interpreter::find()? {
        Ok(interpreter) => interpreter,
        Err(reason) => {
            println!("not measured: {reason}");
            return Ok(ExitCode::SUCCESS);
        }
    };
    let installation = Installation::install(workspace, &interpreter, &BENCHES)?;
    let [overhead, simulated] = wheel::programs(workspace, &BUILD, PROGRAMS)?;
    let wheel = wheel::build(workspace, &installation, Profile::Release)?;
    installation.install_wheel(&wheel)?;
    let mut rows = Command::new(installation.program("python"));
    rows.arg(workspace.join(ROWS)).arg("--overhead").arg(overhead);
    rows.arg("--simulated").arg(simulated).arg("--wheel").arg(wheel).args(arguments);
    Ok(cargo::exit_code(rows.status().context("cannot start Python")?))
}
