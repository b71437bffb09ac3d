//! Dependency counts: what a user of one crate has to build.

use std::collections::BTreeSet;

use anyhow::Result;

use super::Finding;
use crate::{cargo, workspace::Workspace};

/// At most so many crates, the crate itself included, normal and build, on Linux.
const MOST: [(&str, usize); 2] = [("llm-core", 35), ("llm-openrouter", 125)];
const TARGET: &str = "x86_64-unknown-linux-gnu";

/// The crates that people take alone stay small.
pub(crate) fn check(workspace: &Workspace) -> Result<Finding> {
    let mut counts = Vec::new();
    for (package, most) in MOST {
        // `cargo tree` resolves features for this package alone; `cargo metadata` would add those
        // that its neighbours ask for.
        let mut tree = cargo::command(workspace, ["tree", "--locked", "--package", package]);
        tree.args(["--edges", "normal,build", "--target", TARGET]);
        tree.args(["--prefix", "none", "--no-dedupe", "--format", "{p}"]);
        counts.push((package, unique(&cargo::output(&mut tree)?), most));
    }
    Ok(judge(&counts))
}

fn judge(counts: &[(&str, usize, usize)]) -> Finding {
    let summaries: Vec<String> =
        counts.iter().map(|(package, count, most)| format!("{package} {count}/{most}")).collect();
    let problems = counts
        .iter()
        .filter(|(_, count, most)| count > most)
        .map(|(package, count, most)| {
            format!("{package} needs {count} crates, at most {most}; see `cargo tree -p {package}`")
        })
        .collect();
    Finding { summary: summaries.join(", "), problems }
}

/// Counts names with versions; a crate that is reached twice counts once.
fn unique(tree: &str) -> usize {
    let crates: BTreeSet<(&str, &str)> = tree
        .lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            Some((words.next()?, words.next()?))
        })
        .collect();
    crates.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_counts_once_for_each_version() {
        let tree = "llm-core v0.1.0 (/a/b)\nserde v1.0.1\nserde_derive v1.0.1 (proc-macro)\nserde \
                    v1.0.1\nsyn v2.0.0\nsyn v3.0.0\n\n";
        assert_eq!(unique(tree), 5);
    }

    #[test]
    fn too_many_are_a_problem() {
        let finding = judge(&[("llm-core", 35, 35), ("llm-openrouter", 126, 125)]);
        assert_eq!(finding.summary, "llm-core 35/35, llm-openrouter 126/125");
        insta::assert_snapshot!(finding.problems.join("\n"), @"llm-openrouter needs 126 crates, at most 125; see `cargo tree -p llm-openrouter`");
    }
}
