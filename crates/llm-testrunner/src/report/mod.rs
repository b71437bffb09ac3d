//! The report: the truth of a run, from which everything shown is rendered.
//!
//! | file | concern |
//! |---|---|
//! | `document` | the whole report |
//! | `model` | one model: status, statistics, checks, failures |
//! | `call` | one call |
//! | `advice` | what to change in the configuration |
//! | `query` | what is asked of a report: who works, who is fast, did the run pass |
//! | `summarize` | from the calls of a model to its part of the report |
//! | `failures` | from failed calls to the failures of a model |
//! | `total` | from the models to the figures of the run |

mod advice;
mod call;
mod document;
mod failures;
mod model;
mod query;
mod summarize;
mod total;

pub use advice::{Confidence, Recommendation, RoleModels};
pub use call::{CallReport, Purpose};
pub use document::{Report, RunSettings, Totals};
pub use model::{Checks, Distribution, Failure, Interval, ModelReport, Skip, Status, Support};
pub use query::RunVerdict;

pub(crate) use document::SCHEMA_VERSION;
pub(crate) use query::{rank_by_speed, times};
pub(crate) use summarize::{answered, skipped, unlisted};
pub(crate) use total::total;
