//! Nothing committed speaks of one machine: no path of it, no download address.

use anyhow::Result;

use super::{
    Finding,
    source::{self, SourceFile},
};
use crate::workspace::Workspace;

/// Folders that start a path of somebody's machine. Put together so that this file holds none.
const MACHINE_FOLDERS: [&str; 5] = [
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
    concat!("/fa", "rm/"),
    concat!("/Us", "ers/"),
];

/// Addresses that package managers download from.
const REGISTRIES: [&str; 5] = [
    concat!("registry.npm", "js.org"),
    concat!("registry.yarn", "pkg.com"),
    concat!("index.crates", ".io"),
    concat!("static.crates", ".io"),
    concat!("files.python", "hosted.org"),
];

/// In these files, settings and fields that hold a download address.
const CLIENT_FILES: [(&str, &[&str]); 8] = [
    ("package-lock.json", &["\"resolved\""]),
    (".npmrc", &["registry"]),
    ("pip.conf", &["index-url"]),
    ("requirements.txt", PIP_SETTINGS),
    ("requirements/test.txt", PIP_SETTINGS),
    ("requirements/bench.txt", PIP_SETTINGS),
    ("requirements/constraints.txt", PIP_SETTINGS),
    (".cargo/config.toml", &["[source", "[registries", "[registry"]),
];

const PIP_SETTINGS: &[&str] = &["index-url", "find-links", " @ "];

/// Every committed text file but Cargo's own lock, which names the public index by design.
pub(crate) fn check(workspace: &Workspace) -> Result<Finding> {
    let mut files = source::files(workspace)?;
    files.retain(|file| !file.path.ends_with("Cargo.lock"));
    let problems = files.iter().flat_map(problems).collect();
    Ok(Finding { summary: format!("{} text files", files.len()), problems })
}

fn problems(file: &SourceFile) -> Vec<String> {
    let path = &file.path;
    let client_marks = CLIENT_FILES
        .iter()
        .filter(|(name, _)| path.ends_with(name))
        .flat_map(|(_, marks)| marks.iter());
    let client_marks: Vec<&str> = client_marks.copied().collect();
    let mut problems = Vec::new();
    for (number, line) in (1..).zip(file.text.lines()) {
        if let Some(folder) = MACHINE_FOLDERS.iter().find(|folder| names_path(line, folder)) {
            problems.push(format!("{path}:{number}: a path under {folder}; make it relative"));
        }
        let mut marks = REGISTRIES.iter().chain(&client_marks);
        if let Some(mark) = marks.find(|mark| line.contains(*mark)) {
            problems.push(format!("{path}:{number}: a download address, `{mark}`; remove it"));
        }
    }
    problems
}

/// True when `line` holds an absolute path under `folder`: not a part of a longer one, and with
/// something behind it.
fn names_path(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        let after = line.get(at + folder.len()..).and_then(|text| text.chars().next());
        !before.is_some_and(|c| c.is_alphanumeric() || "_.-".contains(c))
            && after.is_some_and(|c| c.is_alphanumeric() || c == '.')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> usize {
        problems(&SourceFile { path: path.to_owned(), text: text.to_owned() }).len()
    }

    #[test]
    fn paths_of_a_machine_are_found() {
        for folder in MACHINE_FOLDERS {
            assert_eq!(found("README.md", &format!("see `{folder}somebody/file`")), 1);
            assert_eq!(found("README.md", &format!("docs{folder}somebody")), 0, "relative");
            assert_eq!(found("README.md", &format!("a {folder} alone")), 0);
        }
    }

    #[test]
    fn download_addresses_are_found() {
        assert_eq!(found("a/package-lock.json", "\"resolved\": \"anything\""), 1);
        assert_eq!(found("a/package.json", "\"resolved\": \"anything\""), 0);
        assert_eq!(found(".npmrc", "registry=anything"), 1);
        assert_eq!(found("a/requirements/constraints.txt", "b @ anything"), 1);
        assert_eq!(found("a/requirements/test.txt", "pytest==9.2.0"), 0);
        assert_eq!(found(".cargo/config.toml", "[source.somewhere]"), 1);
        for registry in REGISTRIES {
            assert_eq!(found("docs/a.md", &format!("https://{registry}/x")), 1);
        }
    }
}
