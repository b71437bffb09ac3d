//! Where the reports of a test run are written.

use std::path::{Path, PathBuf};

use llm_testrunner::{ExportError, Report, ReportFormat, check_place, refuse_climbing};

use crate::failure::Failure;

/// A report to write, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ReportFile {
    pub(super) format: ReportFormat,
    pub(super) path: PathBuf,
}

impl ReportFile {
    /// The report of this format in the folder of a run.
    pub(super) fn in_folder(folder: &Path, format: ReportFormat) -> Self {
        Self { format, path: folder.join(format.file_name()) }
    }

    /// The report at a place that the command line names; one that climbs is refused.
    pub(super) fn at(path: &Path, format: ReportFormat) -> Result<Self, Failure> {
        refuse_climbing(path).map_err(|error| Failure::usage(format!("--export: {error}")))?;
        Ok(Self { format, path: path.to_owned() })
    }

    /// Finds out whether it can be written, before anything is spent.
    pub(super) fn check(&self) -> Result<(), Failure> {
        check_place(&self.path).map_err(|error| refused(&error))
    }

    /// Writes it, whole or not at all. A link at its place is replaced, not followed.
    pub(super) fn write(&self, report: &Report) -> Result<(), Failure> {
        report.write_to(self.format, &self.path).map_err(|error| refused(&error))
    }
}

fn refused(error: &ExportError) -> Failure {
    Failure::internal(format!("{error} or LLM_REPORT_DIR, for one report `--export`"))
}
