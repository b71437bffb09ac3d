//! The runner for the crates outside the workspace: what a user of one provider crate writes, and
//! what somebody writes who adds a provider.

use std::{
    collections::BTreeMap,
    fs,
    process::{Command, Stdio},
};

use anyhow::{Context, Result};

use super::{MISSING_SERVER, Session, suite, tally::Tally};
use crate::cargo;

const USER: &str = "tests/outside";
const PROVIDER: &str = "tests/outside-provider";
/// What the third-party server answers, so what the program prints.
const ANSWER: &str = "A quick answer from the smaller of the two models.";

/// Runs both.
///
/// # Errors
///
/// When cargo cannot be started.
pub(crate) fn run(session: &Session) -> Result<Tally> {
    let mut tally = user(session)?;
    println!("{PROVIDER}");
    tally.add(suite::count(session, cargo_in(session, PROVIDER, "test")?, BTreeMap::new())?);
    Ok(tally)
}

/// Runs the program against the third-party server and compares what it prints. Counts as one
/// test.
fn user(session: &Session) -> Result<Tally> {
    let mut tally = Tally::default();
    let Some(url) = &session.third_party_url else {
        tally.skip(format!("{USER}: {MISSING_SERVER}"));
        return Ok(tally);
    };
    let output = cargo_in(session, USER, "run")?
        .arg("--quiet")
        .env("BASE_URL", format!("{url}/api/v1"))
        .stderr(Stdio::inherit())
        .output()
        .context("cannot start cargo")?;
    let printed = String::from_utf8_lossy(&output.stdout);
    println!("{USER}: {}", printed.trim());
    if output.status.success() && printed.trim() == ANSWER {
        tally.pass(1);
    } else {
        tally.fail(format!("{USER}: it did not print `{ANSWER}`"));
    }
    Ok(tally)
}

/// A call of cargo for a crate outside, with the versions that the workspace has locked and what
/// it has built: nothing is downloaded or built a second time.
fn cargo_in(session: &Session, folder: &str, command: &str) -> Result<Command> {
    let workspace = &session.workspace;
    fs::copy(workspace.join("Cargo.lock"), workspace.join(folder).join("Cargo.lock"))
        .with_context(|| format!("cannot write {folder}/Cargo.lock"))?;
    let mut cargo = cargo::command(workspace, [command]);
    cargo.current_dir(workspace.join(folder)).env("CARGO_TARGET_DIR", workspace.target());
    Ok(cargo)
}
