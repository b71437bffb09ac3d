//! The runner for the crate outside the workspace: what a user of one provider crate writes.

use std::{fs, process::Stdio};

use anyhow::{Context, Result};

use super::{MISSING_SERVER, Session, tally::Tally};
use crate::cargo;

const FOLDER: &str = "tests/outside";
const NAME: &str = "tests/outside";
/// What the third-party server answers, so what the program prints.
const ANSWER: &str = "A quick answer from the smaller of the two models.";

/// Builds the crate with what the workspace has locked and built, runs it against the third-party
/// server and compares what it prints. Counts as one test.
///
/// # Errors
///
/// When cargo cannot be started.
pub(crate) fn run(session: &Session) -> Result<Tally> {
    let mut tally = Tally::default();
    let Some(url) = &session.third_party_url else {
        tally.skip(format!("{NAME}: {MISSING_SERVER}"));
        return Ok(tally);
    };
    let folder = session.workspace.join(FOLDER);
    // The versions of the workspace: nothing is downloaded or built a second time.
    fs::copy(session.workspace.join("Cargo.lock"), folder.join("Cargo.lock"))
        .with_context(|| format!("cannot write {FOLDER}/Cargo.lock"))?;
    let output = cargo::command(&session.workspace, ["run", "--quiet"])
        .current_dir(&folder)
        .env("CARGO_TARGET_DIR", session.workspace.target())
        .env("BASE_URL", format!("{url}/api/v1"))
        .stderr(Stdio::inherit())
        .output()
        .context("cannot start cargo")?;
    let printed = String::from_utf8_lossy(&output.stdout);
    println!("{NAME}: {}", printed.trim());
    if output.status.success() && printed.trim() == ANSWER {
        tally.pass(1);
    } else {
        tally.fail(format!("{NAME}: it did not print `{ANSWER}`"));
    }
    Ok(tally)
}
