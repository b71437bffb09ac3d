//! Cargo features: each provider's builds alone, without any, and all of them together.

use std::collections::BTreeSet;

use anyhow::{Context, Result};

use super::Finding;
use crate::{cargo, features, workspace::Workspace};

/// Builds every choice of providers, tests included, and counts what each depends on.
pub(crate) fn check(workspace: &Workspace) -> Result<Finding> {
    let choices = features::choices(workspace)?;
    let mut counts = Vec::new();
    let mut problems = Vec::new();
    for choice in &choices {
        let mut check = cargo::command(workspace, ["check", "--quiet", "--all-targets"]);
        let status = check.args(choice.arguments()).status().context("cannot start cargo")?;
        if !status.success() {
            problems.push(format!("{} does not build with {choice}", features::CRATE));
        }
        counts.push(format!("{choice} {}", dependencies(workspace, choice)?));
    }
    Ok(Finding { summary: format!("dependencies: {}", counts.join(", ")), problems })
}

/// How many crates a user of this choice builds, beside the manager itself.
fn dependencies(workspace: &Workspace, choice: &features::Choice) -> Result<usize> {
    let mut tree = cargo::command(workspace, ["tree", "--edges", "normal,build"]);
    tree.args(["--prefix", "none", "--format", "{p}"]).args(choice.arguments());
    let tree = cargo::output(&mut tree)?;
    // A package that was printed before is marked, and printed once all the same.
    let packages: BTreeSet<&str> = tree
        .lines()
        .map(|line| line.trim_end_matches(" (*)"))
        .filter(|line| !line.is_empty())
        .collect();
    Ok(packages.len().saturating_sub(1))
}
