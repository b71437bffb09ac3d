//! An answer with the whole story of how it was got.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

use crate::{
    attempt::{Attempt, Billed},
    compare::Judgement,
    ids::{ModelId, ModelRef, ProviderId},
    response::ChatResponse,
    role::ModelRole,
    usage::{Cost, Usage},
};

/// An answer, and how it was got.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Outcome {
    /// The answer.
    pub response: ChatResponse,
    /// The model whose answer it is.
    pub source: ModelRef,
    /// How it was got.
    pub history: History,
}

impl Outcome {
    /// An answer of `source`.
    pub fn new(response: ChatResponse, source: ModelRef, history: History) -> Self {
        Self { response, source, history }
    }

    /// The answer's text.
    pub fn text(&self) -> String {
        self.response.text()
    }

    /// The model that answered.
    pub fn model(&self) -> &ModelId {
        &self.source.model
    }

    /// The provider that answered.
    pub fn provider(&self) -> &ProviderId {
        &self.source.provider
    }

    /// How long the request took, everything included.
    pub fn elapsed(&self) -> Duration {
        self.history.elapsed
    }

    /// Every call of a candidate, in order.
    pub fn attempts(&self) -> &[Attempt] {
        &self.history.attempts
    }
}

/// How a request went: what was tried, left out, judged and spent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct History {
    /// The name of the strategy.
    pub strategy: String,
    /// Every call of a candidate, in the order they began.
    pub attempts: Vec<Attempt>,
    /// The models that were not called, with reasons.
    pub excluded: Vec<Exclusion>,
    /// How the better of two answers was found.
    pub judgement: Option<Judgement>,
    /// From the request to its end.
    pub elapsed: Duration,
    /// From the request to the first content handed to the caller, in streams.
    pub time_to_first_token: Option<Duration>,
    /// Whether content was handed to the caller before a failure.
    pub partial: bool,
}

impl History {
    /// Tokens of every call, the judge's too; `None` where a call that may be billed did not say.
    pub fn usage(&self) -> Option<Usage> {
        let mut calls = self.billable();
        let first = calls.next()?.usage.clone()?;
        calls.try_fold(first, |sum, call| Some(sum.and(call.usage.as_ref()?)))
    }

    /// What every call cost together, the judge's too; `None` where a call that may be billed did
    /// not say.
    pub fn cost(&self) -> Option<Cost> {
        let mut calls = self.billable();
        let first = calls.next()?.cost?;
        calls.try_fold(first, |sum, call| sum.checked_add(call.cost?))
    }

    fn billable(&self) -> impl Iterator<Item = &Attempt> {
        let judge = self.judgement.iter().flat_map(|judgement| &judgement.attempts);
        self.attempts.iter().chain(judge).filter(|attempt| attempt.billed != Billed::No)
    }
}

/// A model that was not called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exclusion {
    /// The provider.
    pub provider: ProviderId,
    /// The model.
    pub model: ModelId,
    /// Its role, if it has one.
    pub role: Option<ModelRole>,
    /// Why it was not called.
    pub reason: ExclusionReason,
}

/// Why a model was not called.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ExclusionReason {
    /// The prompt does not fit the window.
    ContextWindow {
        /// Tokens the request needs at least, by estimate.
        needed: u64,
        /// Tokens the model has.
        window: u64,
    },
    /// The request offers tools, the model calls none.
    Tools,
    /// The request carries images, the model takes none.
    Images,
    /// The request wants JSON, the model has no JSON mode.
    JsonMode,
    /// The caller asked for another model.
    Avoided,
    /// The configuration switches it off.
    Disabled,
    /// The provider's key is not set; holds the variable's name, if there is one.
    MissingKey(Option<String>),
    /// It is resting after failures.
    CoolingDown {
        /// Until it may be called again.
        remaining: Duration,
    },
    /// Its provider's credential is resting after a credit or key error.
    CredentialParked {
        /// Until it may be called again.
        remaining: Duration,
    },
    /// The provider rejected its credential earlier in the same request.
    CredentialRejected,
    /// The request would cost more than allowed.
    OverBudget,
}

impl fmt::Display for ExclusionReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ContextWindow { needed, window } => {
                write!(formatter, "context_window: needs about {needed} tokens, has {window}")
            }
            Self::Tools => formatter.write_str("tools: the model calls no tools"),
            Self::Images => formatter.write_str("images: the model takes no images"),
            Self::JsonMode => formatter.write_str("json_mode: the model has no JSON mode"),
            Self::Avoided => formatter.write_str("avoided: the caller asked for another model"),
            Self::Disabled => formatter.write_str("disabled: switched off in the configuration"),
            Self::MissingKey(Some(variable)) => write!(formatter, "missing_key: set {variable}"),
            Self::MissingKey(None) => {
                formatter.write_str("missing_key: set the provider's api_key")
            }
            Self::CoolingDown { remaining } => {
                write!(formatter, "cooling_down: back in {:.1} s", remaining.as_secs_f64())
            }
            Self::CredentialParked { remaining } => {
                write!(formatter, "credential_parked: back in {:.1} s", remaining.as_secs_f64())
            }
            Self::CredentialRejected => {
                formatter.write_str("credential_rejected: its key was rejected a moment ago")
            }
            Self::OverBudget => formatter.write_str("over_budget: the request costs too much"),
        }
    }
}
