//! Writing reports: a folder a run, each file whole or not at all.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::{Component, Path, PathBuf},
};

use thiserror::Error;

use crate::report::Report;

/// Where a run's reports were written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportFiles {
    /// The run's folder.
    pub folder: PathBuf,
    /// The report for people.
    pub markdown: PathBuf,
    /// The report for programs.
    pub json: PathBuf,
}

/// Why a report was not written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ExportError {
    /// Nothing was tested yet.
    #[error("there is no report: test the models first")]
    NoRun,
    /// The path climbs out of where it starts.
    #[error("cannot write {path}: it contains `..`; name the place without it", path = .0.display())]
    Climbs(PathBuf),
    /// The run's folder is a link.
    #[error("cannot write to {path}: it is a link; remove it, or set another `report.dir`", path = .0.display())]
    Link(PathBuf),
    /// The system refused.
    #[error("cannot write {path}: {source}; choose another place with `report.dir` or make this one writable", path = .path.display())]
    Io {
        /// What was being written.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl Report {
    /// Writes `report.md` and `report.json` into a folder of the run's own under `dir`, which is
    /// made when missing. Each file appears whole or not at all; links are replaced, not followed.
    ///
    /// # Errors
    ///
    /// When the place cannot be written; the error names it and what to do.
    pub fn write(&self, dir: impl AsRef<Path>) -> Result<ReportFiles, ExportError> {
        let folder = dir.as_ref().join(&self.run_id);
        if fs::symlink_metadata(&folder).is_ok_and(|facts| facts.is_symlink()) {
            return Err(ExportError::Link(folder));
        }
        make_folder(&folder)?;
        let markdown = folder.join("report.md");
        let json = folder.join("report.json");
        replace(&markdown, &self.render_markdown())?;
        replace(&json, &self.render_json())?;
        Ok(ReportFiles { folder, markdown, json })
    }

    /// Writes the report as Markdown to `path`, whose folder is made when missing, and returns the
    /// path. The file appears whole or not at all; a link is replaced, not followed.
    ///
    /// # Errors
    ///
    /// When `path` contains `..`, or cannot be written.
    pub fn export_results_markdown(&self, path: impl AsRef<Path>) -> Result<PathBuf, ExportError> {
        let path = path.as_ref();
        if path.components().any(|part| part == Component::ParentDir) {
            return Err(ExportError::Climbs(path.to_owned()));
        }
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            make_folder(folder)?;
        }
        replace(path, &self.render_markdown())?;
        Ok(path.to_owned())
    }
}

fn make_folder(path: &Path) -> Result<(), ExportError> {
    fs::create_dir_all(path).map_err(|source| ExportError::Io { path: path.to_owned(), source })
}

/// Writes beside the target and renames over it: a reader sees the old text or the new one, and a
/// link at the target is replaced itself.
fn replace(path: &Path, text: &str) -> Result<(), ExportError> {
    let failed = |source| ExportError::Io { path: path.to_owned(), source };
    let name = path.file_name().ok_or_else(|| failed(io::ErrorKind::IsADirectory.into()))?;
    let beside = path.with_file_name(format!(".{}.{}.tmp", name.display(), std::process::id()));
    // A leftover of a process of the same number, or a link somebody laid: neither is followed.
    let _ = fs::remove_file(&beside);
    let written = write_new(&beside, text).and_then(|()| fs::rename(&beside, path));
    written.map_err(|source| {
        let _ = fs::remove_file(&beside);
        failed(source)
    })
}

fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
