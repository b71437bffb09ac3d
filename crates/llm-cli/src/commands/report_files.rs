//! Where the reports of a test run are written.

use std::{
    fs,
    io::{self, Write},
    path::{Component, Path, PathBuf},
};

use llm_testrunner::Report;
use tempfile::NamedTempFile;

use crate::{arguments::ExportFormat, failure::Failure};

/// A report to write, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ReportFile {
    pub(super) format: ExportFormat,
    pub(super) path: PathBuf,
}

impl ReportFile {
    /// The report of this format in the folder of a run.
    pub(super) fn in_folder(folder: &Path, format: ExportFormat) -> Self {
        let name = match format {
            ExportFormat::Markdown => "report.md",
            ExportFormat::Json => "report.json",
        };
        Self { format, path: folder.join(name) }
    }

    /// The report at a place that the command line names. One that climbs is refused: a script
    /// that puts names of others into paths must not be led out of its folder.
    pub(super) fn at(path: &Path, format: ExportFormat) -> Result<Self, Failure> {
        if path.components().any(|part| part == Component::ParentDir) {
            let path = path.display();
            return Err(Failure::usage(format!(
                "--export: {path} contains `..`; write it without"
            )));
        }
        Ok(Self { format, path: path.to_owned() })
    }

    /// Writes it, whole or not at all. A link at its place is replaced, not followed.
    pub(super) fn write(&self, report: &Report) -> Result<(), Failure> {
        let text = match self.format {
            ExportFormat::Markdown => report.render_markdown(),
            ExportFormat::Json => report.render_json(),
        };
        replace(&self.path, &text).map_err(|error| {
            let path = self.path.display();
            Failure::internal(format!(
                "cannot write {path}: {error}; name another place with `report.dir`, \
                 LLM_REPORT_DIR or --export"
            ))
        })
    }
}

fn replace(path: &Path, text: &str) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    fs::create_dir_all(folder)?;
    let mut file = NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    readable(path)
}

/// A temporary file is its owner's alone; a report is like any other file.
#[cfg(unix)]
fn readable(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;

    fs::set_permissions(path, fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable(_: &Path) -> io::Result<()> {
    Ok(())
}
