//! `test`: every test of every kind, and one line that counts them.

mod coverage;
mod libtest;
mod npm;
mod outside;
mod python;
pub(crate) mod suite;
pub(crate) mod tally;
mod third_party;

use std::{
    env,
    ffi::OsString,
    process::{Command, ExitCode},
};

use anyhow::Result;
use tally::Tally;
use third_party::Server;

use crate::workspace::Workspace;

const REFERENCE_DATA: &str = "LLM_REFERENCE_DATA";
const THIRD_PARTY_URL: &str = "LLM_AIMOCK_URL";
const MISSING_SERVER: &str = "the third-party server is not running";

/// How much is run.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Unit and integration tests only: no doc tests, no benches, no third-party server, no crate
    /// outside the workspace, no Python
    #[arg(long)]
    quick: bool,
    /// One part alone, without the count of the cases
    #[arg(long, conflicts_with = "quick")]
    only: Option<Part>,
}

/// What can be run alone.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Part {
    /// The Python package: its wheel, its tests, its types
    Python,
}

/// What every runner gets: where it is and what it hands to the tests.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) workspace: Workspace,
    pub(crate) environment: Vec<(OsString, OsString)>,
    third_party_url: Option<String>,
}

impl Session {
    /// A session without a third-party server.
    pub(crate) fn new(workspace: &Workspace, environment: &[(&str, &str)]) -> Self {
        let environment =
            environment.iter().map(|(name, value)| (name.into(), value.into())).collect();
        Self { workspace: workspace.clone(), environment, third_party_url: None }
    }

    /// Hands the session's variables to a program.
    pub(crate) fn prepare(&self, command: &mut Command) {
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
    }
}

/// Runs one kind of tests and counts them.
type Runner = fn(&Session) -> Result<Tally>;

const QUICK: &[Runner] = &[suite::units, python::left_out];
const FULL: &[Runner] =
    &[suite::units, suite::features, suite::docs, suite::benches, outside::run, python::run];
const PYTHON: &[Runner] = &[python::run_alone];

/// Runs the tests. The code is 0 when at least one passed and none failed.
///
/// # Errors
///
/// When a runner cannot be started at all, or the table of cases cannot be read.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<ExitCode> {
    let mut session = Session::new(workspace, &[("INSTA_UPDATE", "no")]);
    match env::var_os(REFERENCE_DATA) {
        Some(folder) => println!("reference data: {}", folder.display()),
        None => println!("reference data: none, {REFERENCE_DATA} is not set"),
    }

    let runners = match options {
        Options { only: Some(Part::Python), .. } => PYTHON,
        Options { quick: true, .. } => QUICK,
        Options { .. } => FULL,
    };
    let is_full = options.only.is_none() && !options.quick;
    let mut tally = Tally::default();
    let server = if is_full { start_server(workspace, &mut tally) } else { None };
    if let Some(server) = &server {
        println!("third-party server: {}", server.url());
        session.environment.push((THIRD_PARTY_URL.into(), server.url().into()));
        session.third_party_url = Some(server.url().to_owned());
    }
    for runner in runners {
        tally.add(runner(&session)?);
    }
    drop(server);
    if options.only.is_none() {
        coverage::add(workspace, &mut tally)?;
    }
    Ok(tally.report())
}

/// A missing node is a skip; a server that does not start is a failure.
fn start_server(workspace: &Workspace, tally: &mut Tally) -> Option<Server> {
    match Server::start(workspace) {
        Ok(Ok(server)) => Some(server),
        Ok(Err(reason)) => {
            println!("third-party server: none, {reason}");
            None
        }
        Err(error) => {
            tally.fail(format!("third-party server: {error:#}"));
            None
        }
    }
}
