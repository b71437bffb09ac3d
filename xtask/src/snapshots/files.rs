//! Which snapshot files lie in the tree.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use crate::workspace::Workspace;

/// The folders with sources of ours.
const FOLDERS: [&str; 2] = ["crates", "xtask"];

/// Snapshots that wait to be accepted, sorted.
///
/// # Errors
///
/// When a folder cannot be read.
pub(crate) fn pending(workspace: &Workspace) -> Result<Vec<String>> {
    let is_pending = |name: &str| name.ends_with(".snap.new") || name.ends_with(".pending-snap");
    Ok(find(workspace, is_pending)?.iter().map(|path| workspace.relative(path)).collect())
}

/// The file in which insta notes every snapshot that a test asks for.
#[derive(Debug)]
pub(crate) struct References {
    file: PathBuf,
    name: String,
}

impl References {
    /// An empty note.
    ///
    /// # Errors
    ///
    /// When the build folder cannot be written.
    pub(crate) fn new(workspace: &Workspace) -> Result<Self> {
        let file = workspace.target().join("snapshot-references.txt");
        fs::create_dir_all(workspace.target())
            .and_then(|()| fs::write(&file, ""))
            .with_context(|| format!("cannot write {}", workspace.relative(&file)))?;
        Ok(Self { name: file.display().to_string(), file })
    }

    /// What the tests need in their environment.
    pub(crate) fn variable(&self) -> (&str, &str) {
        ("INSTA_SNAPSHOT_REFERENCES_FILE", &self.name)
    }

    /// The snapshots in the tree that no test asked for.
    ///
    /// # Errors
    ///
    /// When a folder or the note cannot be read.
    pub(crate) fn unreferenced(&self, workspace: &Workspace) -> Result<Vec<String>> {
        let noted =
            fs::read_to_string(&self.file).context("cannot read the snapshot references")?;
        let noted: BTreeSet<PathBuf> =
            noted.lines().filter_map(|path| fs::canonicalize(path).ok()).collect();
        let present = find(workspace, |name| {
            Path::new(name).extension().is_some_and(|extension| extension == "snap")
        })?;
        Ok(present
            .iter()
            .filter(|path| fs::canonicalize(path).is_ok_and(|path| !noted.contains(&path)))
            .map(|path| workspace.relative(path))
            .collect())
    }
}

fn find(workspace: &Workspace, wanted: impl Fn(&str) -> bool) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for folder in FOLDERS {
        walk(&workspace.join(folder), &wanted, &mut found)?;
    }
    found.sort();
    Ok(found)
}

fn walk(folder: &Path, wanted: &dyn Fn(&str) -> bool, found: &mut Vec<PathBuf>) -> Result<()> {
    let entries =
        fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    for entry in entries {
        let entry = entry.with_context(|| format!("cannot read {}", folder.display()))?;
        let path = entry.path();
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            walk(&path, wanted, found)?;
        } else if wanted(&entry.file_name().to_string_lossy()) {
            found.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pending_and_unreferenced_snapshots_are_found() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("crates/a/tests/it/snapshots");
        fs::create_dir_all(&folder).unwrap();
        fs::create_dir_all(root.path().join("xtask/src")).unwrap();
        for name in ["used.snap", "orphan.snap", "used.snap.new", ".main.rs.pending-snap"] {
            fs::write(folder.join(name), "").unwrap();
        }
        let workspace = Workspace::at(root.path());
        let base = "crates/a/tests/it/snapshots";
        assert_eq!(
            pending(&workspace).unwrap(),
            [format!("{base}/.main.rs.pending-snap"), format!("{base}/used.snap.new")]
        );

        let note = root.path().join("note.txt");
        fs::write(&note, format!("{}\n", folder.join("used.snap").display())).unwrap();
        let references = References { name: note.display().to_string(), file: note };
        assert_eq!(references.unreferenced(&workspace).unwrap(), [format!("{base}/orphan.snap")]);
    }
}
