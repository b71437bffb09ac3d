#![doc = include_str!("../README.md")]

mod advice;
mod clock;
mod export;
mod from_manager;
mod options;
mod plan;
mod progress;
mod render;
mod report;
mod run;
mod statistics;
mod target;
mod taxonomy;

pub use clock::rfc3339;
pub use export::{ExportError, ReportFiles, ReportFormat, check_place, refuse_climbing};
pub use options::{FailOn, Filter, Profile, RunOptions};
pub use plan::{PlannedModel, RunPlan};
pub use progress::{Progress, ProgressEvent};
pub use render::TableStyle;
pub use report::{
    CallReport, Checks, Confidence, Distribution, Failure, Interval, ModelReport, Purpose,
    Recommendation, Report, RoleModels, RunSettings, RunVerdict, Skip, Status, Support, Totals,
};
pub use run::LlmTestRunner;
pub use statistics::{percentile, separable, wilson};
pub use target::TestTarget;
pub use taxonomy::{CallVerdict, verdict};
