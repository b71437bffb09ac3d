//! `tidy`: what the compiler does not check.

mod cases;
mod checklist;
mod dependencies;
mod edges;
mod example;
mod features;
mod generated;
mod locate;
mod manifests;
mod place;
mod python;
mod seed;
mod sizes;
mod source;
mod text;

use std::process::ExitCode;

use anyhow::Result;

use crate::workspace::Workspace;

/// What a check came to.
#[derive(Debug)]
pub(crate) struct Finding {
    /// What was looked at, in a few words.
    summary: String,
    /// One line each: the place, what is wrong, the remedy.
    problems: Vec<String>,
}

type Check = fn(&Workspace) -> Result<Finding>;

const CHECKS: [(&str, Check); 13] = [
    ("edges", edges::check),
    ("sizes", sizes::check),
    ("text", text::check),
    ("python", python::check),
    ("generated", generated::check),
    ("dependencies", dependencies::check),
    ("seed", seed::check),
    ("cases", cases::check),
    ("checklist", checklist::check),
    ("place", place::check),
    ("manifests", manifests::check),
    ("features", features::check),
    ("example", example::check),
];

/// Runs every check; the code is 0 when none found a problem.
/// A check that cannot run is a problem too.
pub(crate) fn run(workspace: &Workspace) -> ExitCode {
    let mut problems = Vec::new();
    for (name, check) in CHECKS {
        let finding = check(workspace).unwrap_or_else(|error| Finding {
            summary: "it could not run".to_owned(),
            problems: vec![format!("{error:#}")],
        });
        let verdict = if finding.problems.is_empty() { "ok  " } else { "FAIL" };
        println!("{verdict}  {name:<12}  {}", finding.summary);
        problems.extend(finding.problems.into_iter().map(|problem| format!("{name}: {problem}")));
    }
    for problem in &problems {
        eprintln!("{problem}");
    }
    if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
