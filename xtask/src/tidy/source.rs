//! The files of the workspace, as git knows them.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use crate::{cargo, workspace::Workspace};

/// A text file: its path from the root, with `/`, and what it holds.
#[derive(Debug)]
pub(crate) struct SourceFile {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl SourceFile {
    pub(crate) fn is_rust(&self) -> bool {
        self.ends_with(&["rs"])
    }

    pub(crate) fn is_python(&self) -> bool {
        self.ends_with(&["py", "pyi"])
    }

    fn ends_with(&self, extensions: &[&str]) -> bool {
        let own = Path::new(&self.path).extension();
        own.is_some_and(|own| extensions.iter().any(|extension| own == *extension))
    }
}

/// The text files that are committed or about to be; what git ignores and what is not UTF-8 is
/// left out.
///
/// # Errors
///
/// When git cannot be started or a file cannot be read.
pub(crate) fn files(workspace: &Workspace) -> Result<Vec<SourceFile>> {
    let mut git = std::process::Command::new("git");
    git.current_dir(workspace.root());
    git.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let mut files = Vec::new();
    for path in cargo::output(&mut git)?.split('\0').filter(|path| !path.is_empty()) {
        let on_disk: PathBuf = workspace.join(path);
        // Deleted, but not yet committed so.
        if !on_disk.is_file() {
            continue;
        }
        let bytes = fs::read(&on_disk).with_context(|| format!("cannot read {path}"))?;
        if let Ok(text) = String::from_utf8(bytes) {
            files.push(SourceFile { path: path.to_owned(), text });
        }
    }
    Ok(files)
}

/// The Rust files among them.
///
/// # Errors
///
/// As [`files`].
pub(crate) fn rust_files(workspace: &Workspace) -> Result<Vec<SourceFile>> {
    let mut files = files(workspace)?;
    files.retain(SourceFile::is_rust);
    Ok(files)
}
