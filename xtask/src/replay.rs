//! `replay`: recorded data through the code that decides.

use std::{ffi::OsString, process::ExitCode};

use anyhow::{Context, Result};

use crate::{cargo, workspace::Workspace};

/// What is replayed.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Which decisions
    what: What,
    /// Handed on, among them `--write`, which writes the page in docs/benchmarks
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

/// Which decisions are replayed.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum What {
    /// The choice of the fastest model, on recorded latencies
    Latency,
    /// The judge's decisions, on recorded verdicts
    Judge,
}

/// Runs the binary that replays it. It fails when something that must hold does not.
///
/// # Errors
///
/// When cargo cannot be started.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<ExitCode> {
    let program = match options.what {
        What::Latency => "replay-latency",
        What::Judge => "replay-judge",
    };
    let mut run = cargo::command(workspace, ["run", "--release", "--package", "llm-bench"]);
    let status = run.args(["--bin", program, "--"]).args(&options.arguments).status();
    Ok(cargo::exit_code(status.context("cannot start cargo")?))
}
