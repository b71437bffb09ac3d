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

/// The form of a report's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportFormat {
    /// For people.
    Markdown,
    /// For programs.
    Json,
}

impl ReportFormat {
    /// What the file is called in the folder of a run.
    pub const fn file_name(self) -> &'static str {
        match self {
            Self::Markdown => "report.md",
            Self::Json => "report.json",
        }
    }
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
    #[error("cannot write {path}: {source}; make it writable, or choose another place: for runs it is `report.dir`", path = .path.display())]
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
        let markdown = folder.join(ReportFormat::Markdown.file_name());
        let json = folder.join(ReportFormat::Json.file_name());
        self.write_to(ReportFormat::Markdown, &markdown)?;
        self.write_to(ReportFormat::Json, &json)?;
        Ok(ReportFiles { folder, markdown, json })
    }

    /// Writes the report in `format` to `path`, whose folder is made when missing. The file appears
    /// whole or not at all; a link is replaced, not followed.
    ///
    /// # Errors
    ///
    /// When `path` cannot be written.
    pub fn write_to(
        &self,
        format: ReportFormat,
        path: impl AsRef<Path>,
    ) -> Result<(), ExportError> {
        let path = path.as_ref();
        make_folder(folder_of(path))?;
        match format {
            ReportFormat::Markdown => replace(path, &self.render_markdown()),
            ReportFormat::Json => replace(path, &self.render_json()),
        }
    }

    /// Writes the report as Markdown to `path`, whose folder is made when missing, and returns the
    /// path. The file appears whole or not at all; a link is replaced, not followed.
    ///
    /// # Errors
    ///
    /// When `path` contains `..`, or cannot be written.
    pub fn export_results_markdown(&self, path: impl AsRef<Path>) -> Result<PathBuf, ExportError> {
        let path = path.as_ref();
        refuse_climbing(path)?;
        self.write_to(ReportFormat::Markdown, path)?;
        Ok(path.to_owned())
    }
}

/// Refuses a path that climbs: a script that puts names of others into paths must not be led out
/// of its folder.
///
/// # Errors
///
/// When `path` contains `..`.
pub fn refuse_climbing(path: &Path) -> Result<(), ExportError> {
    if path.components().any(|part| part == Component::ParentDir) {
        return Err(ExportError::Climbs(path.to_owned()));
    }
    Ok(())
}

/// Finds out whether a report can be written to `path`, before anything is spent on a run: makes
/// its folder and writes an empty file beside it, which is removed at once.
///
/// # Errors
///
/// Those of [`Report::write_to`].
pub fn check_place(path: &Path) -> Result<(), ExportError> {
    make_folder(folder_of(path))?;
    if path.is_dir() {
        return Err(failed(path)(io::ErrorKind::IsADirectory.into()));
    }
    let beside = beside(path)?;
    let written = write_new(&beside, "");
    let _ = fs::remove_file(&beside);
    written.map_err(failed(path))
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn failed(path: &Path) -> impl Fn(io::Error) -> ExportError {
    move |source| ExportError::Io { path: path.to_owned(), source }
}

fn make_folder(path: &Path) -> Result<(), ExportError> {
    fs::create_dir_all(path).map_err(failed(path))
}

/// Writes beside the target and renames over it: a reader sees the old text or the new one, and a
/// link at the target is replaced itself.
fn replace(path: &Path, text: &str) -> Result<(), ExportError> {
    let beside = beside(path)?;
    let written = write_new(&beside, text).and_then(|()| fs::rename(&beside, path));
    written.map_err(|source| {
        let _ = fs::remove_file(&beside);
        failed(path)(source)
    })
}

/// A free name beside `path`.
fn beside(path: &Path) -> Result<PathBuf, ExportError> {
    let is_folder = || failed(path)(io::ErrorKind::IsADirectory.into());
    let name = path.file_name().ok_or_else(is_folder)?;
    let beside = path.with_file_name(format!(".{}.{}.tmp", name.display(), std::process::id()));
    // A leftover of a process of the same number, or a link somebody laid: neither is followed.
    let _ = fs::remove_file(&beside);
    Ok(beside)
}

fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
