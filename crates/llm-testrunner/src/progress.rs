//! What a run says while it runs.

use std::fmt::Debug;

use crate::{
    plan::RunPlan,
    report::{CallReport, ModelReport, Purpose},
};

/// Told what happens in a run. Called from within the run: it must be quick and must not block.
///
/// `()` is told and says nothing.
pub trait Progress: Debug + Send + Sync {
    /// Something happened.
    fn event(&self, event: &ProgressEvent<'_>);
}

const _: fn(&dyn Progress) = |_| {};

impl Progress for () {
    fn event(&self, _: &ProgressEvent<'_>) {}
}

/// Something that happened in a run.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum ProgressEvent<'a> {
    /// The run begins.
    Planned(&'a RunPlan),
    /// A call is sent.
    CallStarted {
        /// The model's place in the plan.
        index: usize,
        /// What the call is for.
        purpose: Purpose,
    },
    /// A call has ended.
    CallFinished {
        /// The model's place in the plan.
        index: usize,
        /// How it went.
        call: &'a CallReport,
    },
    /// Nothing more is sent to a model.
    ModelFinished {
        /// The model's place in the plan.
        index: usize,
        /// How it did.
        model: &'a ModelReport,
    },
}
