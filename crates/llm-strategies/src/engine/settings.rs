//! What the engine is told once, and what a call may change.

use std::{fmt, sync::Arc, time::Duration};

use llm_core::{ModelRef, Observation, Timestamp};

use super::fault_table::FaultTable;

/// What the engine is told when it is made.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct EngineSettings {
    /// The deadline of a whole request: waits, attempts, fallbacks and judge.
    pub timeout: Duration,
    /// Extra tries on the same model; a failure's own row in the fault table may allow fewer.
    pub retry_attempts: u32,
    /// The longest pause a provider may ask for that the request waits out although another
    /// candidate could serve.
    pub wait_inline: Duration,
    /// When content of a stream reaches the caller.
    pub commit: Commit,
    /// What to do when every candidate is resting.
    pub when_all_unavailable: WhenAllUnavailable,
    /// Whether a refusal by policy goes on to the next candidate.
    pub fallback_on_refusal: bool,
    /// Whether a second model is asked when the first is slow to begin. A hedge may be paid twice.
    ///
    /// A call is slow after what one in twenty of its model's calls exceeds, and after 2 s at
    /// least, once 100 are known; hedges stay below 5 % of the requests. Only models whose answers
    /// are streamed take part, and the two of best of two do not.
    pub hedging: bool,
    /// What to do about each kind of failure.
    pub fault_table: FaultTable,
    /// Seeds jitter, so that a run can be repeated.
    pub seed: u64,
    /// The wall clock when the engine is made; statistics that are kept are dated by it.
    pub now: Timestamp,
    /// Told of everything learned, so that it can be kept.
    pub observer: Option<Observer>,
}

impl Default for EngineSettings {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(120),
            retry_attempts: 1,
            wait_inline: Duration::from_secs(3),
            commit: Commit::FirstToken,
            when_all_unavailable: WhenAllUnavailable::Try,
            fallback_on_refusal: false,
            hedging: false,
            fault_table: FaultTable::default(),
            seed: 0,
            now: Timestamp::default(),
            observer: None,
        }
    }
}

/// Told of everything the engine learns about a model. Called from within requests: it must be
/// quick and must not block.
#[derive(Clone)]
pub struct Observer(Arc<Observe>);

type Observe = dyn Fn(&ModelRef, &Observation) + Send + Sync;

impl Observer {
    /// Calls `observe` with every observation.
    pub fn new(observe: impl Fn(&ModelRef, &Observation) + Send + Sync + 'static) -> Self {
        Self(Arc::new(observe))
    }

    pub(crate) fn tell(&self, model: &ModelRef, observation: &Observation) {
        (self.0)(model, observation);
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Observer")
    }
}

/// When content of a stream reaches the caller. Until then a failure is invisible: another
/// candidate answers. After that it is final, for two models must not speak in one answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Commit {
    /// With the first content.
    FirstToken,
    /// After this many pieces of content or this long after the first, whichever comes first.
    Window {
        /// Pieces of content; most providers send a token in each.
        tokens: u32,
        /// Time since the first content.
        time: Duration,
    },
    /// When the answer is whole.
    Complete,
}

/// What to do when every candidate is resting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenAllUnavailable {
    /// Try each once, the one that returns soonest first.
    Try,
    /// Fail, saying when to come back.
    Fail,
}

/// What one call may change.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CallOptions {
    /// The deadline of this request; `None` is the engine's.
    pub timeout: Option<Duration>,
    /// The model to ask first, whatever the strategy says.
    pub model: Option<ModelRef>,
    /// Whether other models may answer than the one named.
    pub fallback: bool,
    /// Models not to be asked for an answer, by no strategy and in no place; they may judge.
    pub avoid: Vec<ModelRef>,
    /// Whether candidates are ranked by speed, and slow or unknown ones given a chance to show
    /// that they are fast.
    pub use_fastest: bool,
    /// Whether an answer that is not the JSON the request asks for is of no use. A caller who
    /// reads more than that, such as JSON among words, or less, checks for itself.
    pub check_json: bool,
}

impl CallOptions {
    /// Whether `model` is not to be asked.
    pub(crate) fn avoids(&self, model: &ModelRef) -> bool {
        self.avoid.contains(model)
    }
}

impl Default for CallOptions {
    fn default() -> Self {
        Self {
            timeout: None,
            model: None,
            fallback: true,
            avoid: Vec::new(),
            use_fastest: true,
            check_json: true,
        }
    }
}
