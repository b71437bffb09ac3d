//! The runner for the Python package: the wheel, installed where no cargo is, under pytest and mypy.

mod environment;
mod junit;
mod pytest;
mod types;

use anyhow::Result;

use self::environment::Environment;
use super::{Session, suite, tally::Tally};
use crate::{
    python::{
        interpreter::{self, Interpreter},
        venv::{Installation, TESTS},
        wheel::{self, Profile},
    },
    python_tests::{self, PACKAGE},
    workspace::Workspace,
};

/// What the tests drive beside the wheel: the upstream, and the command line.
const PROGRAMS: [&str; 2] = ["simulated-upstream", "llm-manager"];

/// Runs all of it after the units, whose build has made the programs.
///
/// # Errors
///
/// When a name of a test cannot be read.
pub(super) fn run(session: &Session) -> Result<Tally> {
    let units = ["test", "--no-run"].into_iter().chain(suite::TARGETS).collect::<Vec<_>>();
    run_with(&session.workspace, &units)
}

/// Runs all of it and builds no more than it needs.
///
/// # Errors
///
/// As [`run`].
pub(super) fn run_alone(session: &Session) -> Result<Tally> {
    let mut arguments = vec!["build", "--workspace"];
    arguments.extend(PROGRAMS.iter().flat_map(|program| ["--bin", program]));
    run_with(&session.workspace, &arguments)
}

/// Tells the tests that were left out, so that a case they prove counts as skipped.
///
/// # Errors
///
/// As [`run`].
pub(super) fn left_out(session: &Session) -> Result<Tally> {
    skipped(&session.workspace, "not in a quick run")
}

/// A missing Python is a skip, whatever else is missing a failure.
fn run_with(workspace: &Workspace, build: &[&str]) -> Result<Tally> {
    println!("{PACKAGE}");
    let interpreter = match interpreter::find() {
        Ok(Ok(interpreter)) => interpreter,
        Ok(Err(reason)) => return skipped(workspace, &reason),
        Err(error) => return Ok(failed(&error)),
    };
    let prepared = prepare(workspace, &interpreter, build);
    Ok(prepared.map_or_else(
        |error| failed(&error),
        |environment| {
            let mut tally = pytest::run(workspace, &environment);
            tally.add(types::run(workspace, &environment));
            tally
        },
    ))
}

fn prepare(
    workspace: &Workspace,
    interpreter: &Interpreter,
    build: &[&str],
) -> Result<Environment> {
    let installation = Installation::install(workspace, interpreter, &TESTS)?;
    let programs = wheel::programs(workspace, build, PROGRAMS)?;
    installation.install_wheel(&wheel::build(workspace, &installation, Profile::Dev)?)?;
    Environment::new(workspace, &installation, programs)
}

fn skipped(workspace: &Workspace, reason: &str) -> Result<Tally> {
    let mut tally = Tally::default();
    tally.skip(format!("{PACKAGE}: {reason}"));
    for name in python_tests::names(workspace)? {
        tally.remember_skipped(name);
    }
    Ok(tally)
}

fn failed(error: &anyhow::Error) -> Tally {
    let mut tally = Tally::default();
    tally.fail(format!("{PACKAGE}: {error:#}"));
    tally
}
