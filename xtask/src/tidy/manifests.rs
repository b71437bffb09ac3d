//! Manifests: every crate takes lints, licence, edition and compiler from the workspace.

use std::fs;

use anyhow::{Context, Result};

use super::Finding;
use crate::{cargo, workspace::Workspace};

const INHERITED: [&str; 4] = ["version", "edition", "rust-version", "license"];

/// What a crate does not inherit drifts apart.
pub(crate) fn check(workspace: &Workspace) -> Result<Finding> {
    let packages = cargo::members(workspace)?.packages;
    let mut found = Vec::new();
    for package in &packages {
        let path = workspace.relative(package.manifest_path.as_std_path());
        let text = fs::read_to_string(&package.manifest_path)
            .with_context(|| format!("cannot read {path}"))?;
        found.extend(problems(&path, &text));
        if package.description.is_none() {
            found.push(format!("{path}: it has no description"));
        }
    }
    Ok(Finding { summary: format!("{} manifests", packages.len()), problems: found })
}

fn problems(path: &str, text: &str) -> Vec<String> {
    let mut problems: Vec<String> = INHERITED
        .iter()
        .filter(|key| !has_line(text, "[package]", &format!("{key}.workspace = true")))
        .map(|key| format!("{path}: [package] has no `{key}.workspace = true`"))
        .collect();
    if !has_line(text, "[lints]", "workspace = true") {
        problems.push(format!("{path}: [lints] has no `workspace = true`"));
    }
    problems
}

/// True when `line` stands in the table `header`.
fn has_line(text: &str, header: &str, line: &str) -> bool {
    text.lines()
        .skip_while(|present| present.trim() != header)
        .skip(1)
        .take_while(|present| !present.starts_with('['))
        .any(|present| present.trim() == line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_inherited_is_named() {
        let text = "[package]\nname = \"a\"\nversion.workspace = true\nedition = \"2021\"\n\
                    rust-version.workspace = true\n\n[dependencies]\nlicense.workspace = true\n\n\
                    [lints.rust]\nworkspace = true\n";
        insta::assert_snapshot!(problems("a/Cargo.toml", text).join("\n"), @r"
        a/Cargo.toml: [package] has no `edition.workspace = true`
        a/Cargo.toml: [package] has no `license.workspace = true`
        a/Cargo.toml: [lints] has no `workspace = true`
        ");
    }
}
