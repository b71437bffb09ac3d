//! Runs pytest and reads its report.

use std::{
    collections::VecDeque,
    fs,
    io::{BufRead, BufReader},
    process::{Command, ExitStatus, Stdio},
};

use anyhow::{Context, Result};

use super::{environment::Environment, junit};
use crate::{
    python,
    python_tests::{self, CRATE, PACKAGE},
    test::tally::Tally,
    workspace::Workspace,
};

/// So many lines of a crash are told again beside its failure; a test stands some 40 frames deep.
const TAIL: usize = 60;
/// What pytest says of itself: all passed, some failed.
const KNOWN_CODES: [i32; 2] = [0, 1];

/// Runs every test.
pub(super) fn run(workspace: &Workspace, environment: &Environment) -> Tally {
    try_run(workspace, environment).unwrap_or_else(|error| {
        let mut tally = Tally::default();
        tally.fail(format!("{PACKAGE}: {error:#}"));
        tally
    })
}

fn try_run(workspace: &Workspace, environment: &Environment) -> Result<Tally> {
    let folder = python::folder(workspace);
    let report = folder.join("pytest.xml");
    // A report of the run before must not be taken for this one's.
    if report.exists() {
        fs::remove_file(&report).context("cannot remove the old report")?;
    }
    let tests = python_tests::folder(workspace);
    let mut pytest = environment.module("pytest");
    pytest.arg("--quiet").arg("-c").arg(workspace.join(CRATE).join("pyproject.toml"));
    pytest.arg("--rootdir").arg(&tests).arg("--basetemp").arg(folder.join("tmp"));
    pytest.arg(format!("--junitxml={}", report.display())).arg(&tests);
    let (status, tail) = show(&mut pytest)?;
    let read = fs::read_to_string(&report).context("it wrote no report");
    Ok(judge(status, read.and_then(|text| junit::read(&text)), &tail))
}

/// A run that ended otherwise than pytest ends, or with a report that says otherwise, is a failure.
fn judge(status: ExitStatus, report: Result<Tally>, tail: &[String]) -> Tally {
    let is_known = status.code().is_some_and(|code| KNOWN_CODES.contains(&code));
    let mut crash = None;
    let mut tally = report.unwrap_or_else(|error| {
        crash = Some(format!("{error:#}, {status}"));
        Tally::default()
    });
    if crash.is_none() && (!is_known || status.success() != (tally.failed() == 0)) {
        crash = Some(status.to_string());
    }
    if let Some(crash) = crash {
        tally.fail(format!("{PACKAGE}: pytest: {crash}\n{}", tail.join("\n")));
    }
    tally
}

/// Shows what a program prints, both streams in order, and returns the end of it.
fn show(command: &mut Command) -> Result<(ExitStatus, Vec<String>)> {
    let (reader, writer) = std::io::pipe().context("cannot open a pipe")?;
    command.stdin(Stdio::null());
    command.stdout(writer.try_clone().context("cannot open a pipe")?).stderr(writer);
    let mut child = command.spawn().context("cannot start python")?;
    // The command holds the writing end; while it lives the reader sees no end.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut tail = VecDeque::new();
    for line in BufReader::new(reader).split(b'\n') {
        let line = String::from_utf8_lossy(&line.context("cannot read from python")?).into_owned();
        println!("{line}");
        if tail.len() == TAIL {
            tail.pop_front();
        }
        tail.push_back(line);
    }
    let status = child.wait().context("cannot wait for python")?;
    Ok((status, tail.into()))
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::process::ExitStatusExt;

    use super::*;

    fn counts(status: i32, report: Result<Tally>) -> (String, String) {
        let tally = judge(ExitStatus::from_raw(status), report, &["the last line".to_owned()]);
        (tally.to_string(), tally.complaints().join("\n"))
    }

    fn one_passed() -> Tally {
        let mut tally = Tally::default();
        tally.pass(1);
        tally
    }

    #[test]
    fn a_whole_report_counts_as_it_is() {
        let passed = ("1 passed, 0 failed, 0 skipped".to_owned(), String::new());
        assert_eq!(counts(0, Ok(one_passed())), passed);
        let mut failed = one_passed();
        failed.fail("a test");
        let expected = ("1 passed, 1 failed, 0 skipped".to_owned(), "a test".to_owned());
        assert_eq!(counts(1 << 8, Ok(failed)), expected);
    }

    #[test]
    fn a_crash_is_a_failure_with_the_end_of_the_output() {
        insta::assert_snapshot!(counts(11, Err(anyhow::anyhow!("it wrote no report"))).1, @r"
        llm_crewai: pytest: it wrote no report, signal: 11 (SIGSEGV)
        the last line
        ");
        let expected = "1 passed, 1 failed, 0 skipped";
        assert_eq!(counts(2 << 8, Ok(one_passed())).0, expected, "interrupted");
        assert_eq!(
            counts(1 << 8, Ok(one_passed())).0,
            expected,
            "it failed without a failing test"
        );
    }
}
