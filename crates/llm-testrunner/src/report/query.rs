//! What is asked of a report: who works, who is fast, did the run pass.

use std::time::Duration;

use llm_core::{ModelRef, ModelRole};

use super::{ModelReport, Report, Status, summarize::measured};
use crate::{
    options::FailOn,
    statistics::{median, separable},
};

impl Report {
    /// The models that can be relied on, in the order of the chain.
    ///
    /// These are the models whose calls were all answered, and those that missed some but whose
    /// interval stays above the bar with at least five calls. A smoke run has one call a model: a
    /// model works when it was answered, and none can be degraded.
    pub fn working_models(&self) -> Vec<ModelRef> {
        let mut working: Vec<&ModelReport> =
            self.models.iter().filter(|model| model.working).collect();
        working.sort_by_key(|model| (model.role.is_none(), model.role));
        working.into_iter().map(ModelReport::model_ref).collect()
    }

    /// The models that answered and the middle of their times, fastest first.
    ///
    /// Models that cannot be told apart share a [`speed_rank`](ModelReport::speed_rank).
    pub fn fastest_models(&self) -> Vec<(ModelRef, Duration)> {
        let mut timed: Vec<(&ModelReport, f64)> =
            self.models.iter().filter_map(|model| Some((model, median(&times(model))?))).collect();
        timed.sort_by(|left, right| left.1.total_cmp(&right.1));
        let duration =
            |millis: f64| Duration::try_from_secs_f64(millis / 1e3).unwrap_or(Duration::MAX);
        timed.into_iter().map(|(model, millis)| (model.model_ref(), duration(millis))).collect()
    }

    /// Whether the run passed, by the bar it was run with.
    pub fn verdict(&self) -> RunVerdict {
        self.verdict_with(self.settings.fail_on)
    }

    /// Whether the run passed, by another bar.
    pub fn verdict_with(&self, fail_on: FailOn) -> RunVerdict {
        let is_fatal = |model: &ModelReport| match fail_on {
            FailOn::Any => true,
            FailOn::Primary => model.role == Some(ModelRole::Primary),
            FailOn::None => false,
        };
        if self.models.iter().all(|model| model.status == Status::Skipped) {
            RunVerdict::NothingTested
        } else if self.models.iter().any(|model| model.status == Status::Failed && is_fatal(model))
        {
            RunVerdict::Failed
        } else {
            RunVerdict::Passed
        }
    }
}

/// Whether a run passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunVerdict {
    /// Every model that matters answered.
    Passed,
    /// No model could be tested: no key, or none was selected.
    NothingTested,
    /// A model that matters did not answer.
    Failed,
}

impl RunVerdict {
    /// The exit code of the command line.
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Passed => 0,
            Self::NothingTested => 4,
            Self::Failed => 100,
        }
    }
}

/// Gives every model that answered its place by speed. A model shares the place of the fastest
/// one it cannot be told apart from.
pub(crate) fn rank_by_speed(models: &mut [ModelReport]) {
    let mut timed: Vec<(usize, f64, Vec<f64>)> = models
        .iter()
        .enumerate()
        .filter_map(|(index, model)| {
            let times = times(model);
            Some((index, median(&times)?, times))
        })
        .collect();
    timed.sort_by(|left, right| left.1.total_cmp(&right.1));
    let mut leader: Option<(u32, &[f64])> = None;
    for ((index, _, times), place) in timed.iter().zip(1_u32..) {
        let (rank, first) = match leader {
            Some((rank, first)) if !separable(first, times) => (rank, first),
            _ => (place, times.as_slice()),
        };
        leader = Some((rank, first));
        if let Some(model) = models.get_mut(*index) {
            model.speed_rank = Some(rank);
        }
    }
}

/// Times of the answered calls that count.
pub(crate) fn times(model: &ModelReport) -> Vec<f64> {
    let good = measured(&model.calls).into_iter().filter(|call| call.is_good());
    good.map(|call| call.elapsed_ms).collect()
}
