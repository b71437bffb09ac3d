//! The tests in Python, by name: `llm_crewai::module::function`, as the tables of cases name them.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use crate::workspace::Workspace;

/// The crate whose Python package they test, and the name that stands first in theirs.
pub(crate) const CRATE: &str = "crates/llm-crewai-bridge";
pub(crate) const PACKAGE: &str = "llm_crewai";
/// Checks of types that count as tests beside them.
pub(crate) const MYPY: &str = "llm_crewai::mypy";
pub(crate) const STUBTEST: &str = "llm_crewai::stubtest";

/// Where they are.
pub(crate) fn folder(workspace: &Workspace) -> PathBuf {
    workspace.join(CRATE).join("tests/python")
}

/// The names of all of them; none when there is no such folder.
///
/// # Errors
///
/// When a file cannot be read.
pub(crate) fn names(workspace: &Workspace) -> Result<Vec<String>> {
    let folder = folder(workspace);
    let mut names = Vec::new();
    if folder.is_dir() {
        collect(&folder, PACKAGE, &mut names)
            .with_context(|| format!("cannot read {}", workspace.relative(&folder)))?;
        names.extend([MYPY, STUBTEST].map(str::to_owned));
    }
    Ok(names)
}

fn collect(folder: &Path, prefix: &str, names: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let Some(stem) = path.file_stem().and_then(|stem| stem.to_str()) else { continue };
        let module = format!("{prefix}::{stem}");
        if path.is_dir() {
            collect(&path, &module, names)?;
        } else if stem.starts_with("test_") && path.extension().is_some_and(|end| end == "py") {
            let text = fs::read_to_string(&path)?;
            names.extend(functions(&text).map(|function| format!("{module}::{function}")));
        }
    }
    Ok(())
}

/// The functions at the outermost level that pytest takes for tests.
fn functions(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| {
        let line = line.strip_prefix("async ").unwrap_or(line);
        let name = line.strip_prefix("def ")?.split(['(', '[']).next()?;
        name.starts_with("test_").then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_named_by_their_file_and_function() {
        let root = tempfile::tempdir().unwrap();
        let tests = root.path().join(CRATE).join("tests/python");
        fs::create_dir_all(tests.join("deep")).unwrap();
        let text = "def test_one() -> None:\n    def test_inner(): ...\nasync def test_two(): ...\n\
                    def helper(): ...\n";
        for file in ["test_a.py", "deep/test_b.py", "conftest.py", "test_c.txt"] {
            fs::write(tests.join(file), text).unwrap();
        }
        let mut names = names(&Workspace::at(root.path())).unwrap();
        names.sort();
        insta::assert_snapshot!(names.join("\n"), @r"
        llm_crewai::deep::test_b::test_one
        llm_crewai::deep::test_b::test_two
        llm_crewai::mypy
        llm_crewai::stubtest
        llm_crewai::test_a::test_one
        llm_crewai::test_a::test_two
        ");
    }

    #[test]
    fn a_tree_without_them_has_no_names() {
        let root = tempfile::tempdir().unwrap();
        assert!(names(&Workspace::at(root.path())).unwrap().is_empty());
    }
}
