//! `snapshots`: insta's snapshots and the files that tests generate.

mod cargo_insta;
mod files;

use std::process::ExitCode;

use anyhow::Result;

use crate::{
    test::{Session, suite, tally::Tally},
    workspace::Workspace,
};

/// Makes a test that compares a generated file with what it generates write that file instead.
const ACCEPT: &str = "LLM_ACCEPT";

/// What is done with differences; `--check` when nothing is said.
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
pub(crate) struct Options {
    /// Fails on any difference, on pending snapshots and on snapshots no test asks for
    #[arg(long)]
    check: bool,
    /// Writes every snapshot and generated file anew
    #[arg(long)]
    accept: bool,
    /// Shows each difference and asks
    #[arg(long)]
    review: bool,
}

/// Runs the tests with insta in the mode that `options` ask for.
///
/// # Errors
///
/// When cargo cannot be started, or `cargo-insta`, which accepting and reviewing need when there
/// is something to accept, cannot be installed.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<ExitCode> {
    if options.accept {
        accept(workspace)
    } else if options.review {
        review(workspace)
    } else {
        check(workspace)
    }
}

fn check(workspace: &Workspace) -> Result<ExitCode> {
    let references = files::References::new(workspace)?;
    let mut tally = tests(workspace, &[("INSTA_UPDATE", "no"), references.variable()])?;
    for file in files::pending(workspace)? {
        tally.fail(format!("{file}: pending; run `cargo xtask snapshots --review`"));
    }
    // Tests that did not run to their end ask for nothing.
    if tally.is_good() {
        for file in references.unreferenced(workspace)? {
            tally.fail(format!("{file}: no test asks for this snapshot; remove it"));
        }
    }
    Ok(tally.report())
}

fn accept(workspace: &Workspace) -> Result<ExitCode> {
    let tally =
        tests(workspace, &[("INSTA_UPDATE", "always"), ("INSTA_FORCE_PASS", "1"), (ACCEPT, "1")])?;
    // What is left is inline: only a program that may edit sources can accept it.
    if !files::pending(workspace)?.is_empty() {
        cargo_insta::run(workspace, "accept")?;
    }
    Ok(tally.report())
}

fn review(workspace: &Workspace) -> Result<ExitCode> {
    let tally = tests(workspace, &[("INSTA_UPDATE", "new"), ("INSTA_FORCE_PASS", "1")])?;
    if files::pending(workspace)?.is_empty() {
        println!("no snapshot differs");
    } else {
        cargo_insta::run(workspace, "review")?;
    }
    Ok(tally.report())
}

fn tests(workspace: &Workspace, environment: &[(&str, &str)]) -> Result<Tally> {
    suite::units(&Session::new(workspace, environment))
}
