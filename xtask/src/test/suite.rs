//! The runners that are `cargo test`.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

use anyhow::{Context, Result};
use cargo_metadata::Message;

use super::{Session, libtest::Reader, tally::Tally};
use crate::{
    cargo,
    features::{self, Choice},
};

/// Every target with tests in it but the benches, whose profile and harness are their own.
pub(super) const TARGETS: [&str; 5] = ["--workspace", "--lib", "--bins", "--tests", "--examples"];

/// Unit and integration tests.
///
/// # Errors
///
/// When cargo cannot be started.
pub(crate) fn units(session: &Session) -> Result<Tally> {
    let Some(names) = build(session, &TARGETS)? else {
        let mut tally = Tally::default();
        tally.fail("build of the tests");
        return Ok(tally);
    };
    test(session, &TARGETS, names)
}

/// The manager's tests with no provider and with each alone; with all together they are among the
/// units.
///
/// # Errors
///
/// When cargo cannot be started.
pub(crate) fn features(session: &Session) -> Result<Tally> {
    let mut tally = Tally::default();
    for choice in features::choices(&session.workspace)? {
        if matches!(choice, Choice::All(_)) {
            continue;
        }
        println!("{} with {choice}", features::CRATE);
        let arguments = choice.arguments();
        let targets: Vec<&str> =
            ["--lib", "--tests"].into_iter().chain(arguments.iter().map(|a| &**a)).collect();
        match build(session, &targets)? {
            Some(names) => tally.add(test(session, &targets, names)?),
            None => tally.fail(format!("build of {} with {choice}", features::CRATE)),
        }
    }
    Ok(tally)
}

/// The examples in the documentation.
///
/// # Errors
///
/// When cargo cannot be started.
pub(crate) fn docs(session: &Session) -> Result<Tally> {
    test(session, &["--workspace", "--doc"], BTreeMap::new())
}

/// The benches are built, not run.
///
/// # Errors
///
/// When cargo cannot be started.
pub(crate) fn benches(session: &Session) -> Result<Tally> {
    let mut tally = Tally::default();
    if build(session, &["--workspace", "--benches"])?.is_none() {
        tally.fail("build of the benches");
    }
    Ok(tally)
}

/// Builds test binaries and gives each one's path, as cargo prints it, a name: `crate::target`.
/// `None` when the build fails; cargo says why.
fn build(session: &Session, targets: &[&str]) -> Result<Option<BTreeMap<String, String>>> {
    let mut command = cargo::command(&session.workspace, ["test", "--no-run"]);
    command.args(targets).args(["--message-format", "json-render-diagnostics"]);
    session.prepare(&mut command);
    let mut child = command.stdout(Stdio::piped()).spawn().context("cannot start cargo")?;
    let stdout = child.stdout.take().context("cargo has no stdout")?;
    let mut names = BTreeMap::new();
    for message in Message::parse_stream(BufReader::new(stdout)) {
        if let Message::CompilerArtifact(artifact) = message.context("cannot read cargo")?
            && let Some(executable) = artifact.executable
        {
            let package = package_of(artifact.manifest_path.as_str());
            let target = match &artifact.target {
                target if target.is_lib() => "lib",
                target if target.is_bin() => "bin",
                target => target.name.as_str(),
            };
            let path = session.workspace.relative(executable.as_std_path());
            names.insert(path, format!("{package}::{target}"));
        }
    }
    let status = child.wait().context("cannot wait for cargo")?;
    Ok(status.success().then_some(names))
}

/// Runs tests of the workspace, shows what they print and counts them.
fn test(session: &Session, targets: &[&str], names: BTreeMap<String, String>) -> Result<Tally> {
    let mut command = cargo::command(&session.workspace, ["test"]);
    command.args(targets);
    count(session, command, names)
}

/// Runs a `cargo test`, shows what it prints and counts the tests.
///
/// # Errors
///
/// When cargo cannot be started.
pub(super) fn count(
    session: &Session,
    mut command: Command,
    names: BTreeMap<String, String>,
) -> Result<Tally> {
    // One pipe for both, so that cargo's lines and the tests' stay in order.
    let (reader, writer) = std::io::pipe().context("cannot open a pipe")?;
    command.args(["--no-fail-fast", "--", "--show-output"]);
    session.prepare(&mut command);
    command.stdout(writer.try_clone().context("cannot open a pipe")?).stderr(writer);
    let mut child = command.spawn().context("cannot start cargo")?;
    // The command holds the writing end; while it lives the reader sees no end.
    drop(command);

    let mut results = Reader::new(names);
    let mut lines = BufReader::new(reader);
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line).context("cannot read cargo")? > 0 {
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_end_matches(['\r', '\n']);
        if results.line(text) {
            println!("{text}");
        }
        line.clear();
    }
    let status = child.wait().context("cannot wait for cargo")?;
    Ok(results.finish(status.success()))
}

/// The folder of a manifest, which in this workspace has the name of the crate.
fn package_of(manifest: &str) -> &str {
    manifest.rsplit(['/', '\\']).nth(1).unwrap_or(manifest)
}
