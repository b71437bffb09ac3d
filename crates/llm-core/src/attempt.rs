//! The record of one attempt: who was called, for how long, with what result.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    error_kind::ErrorKind,
    ids::{ModelId, ProviderId},
    role::ModelRole,
    usage::{Cost, Usage},
};

/// One call of one model, finished or dropped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Attempt {
    /// The provider called.
    pub provider: ProviderId,
    /// The model called.
    pub model: ModelId,
    /// The model's role, if it has one.
    pub role: Option<ModelRole>,
    /// When the attempt began, after the request did.
    pub started: Duration,
    /// How long it took.
    pub elapsed: Duration,
    /// Until the first content arrived.
    pub time_to_first_token: Option<Duration>,
    /// How it ended.
    pub outcome: AttemptOutcome,
    /// The HTTP status, where one arrived.
    pub status: Option<u16>,
    /// What went wrong, for people; free of secrets, addresses and raw answers.
    pub message: Option<String>,
    /// Tokens used, as far as known.
    pub usage: Option<Usage>,
    /// What it cost, as far as known.
    pub cost: Option<Cost>,
    /// Whether the provider charges for it.
    pub billed: Billed,
}

impl Attempt {
    /// An attempt on `model` at `provider` about which nothing more is known yet.
    pub fn new(provider: ProviderId, model: ModelId, outcome: AttemptOutcome) -> Self {
        Self {
            provider,
            model,
            role: None,
            started: Duration::ZERO,
            elapsed: Duration::ZERO,
            time_to_first_token: None,
            outcome,
            status: None,
            message: None,
            usage: None,
            cost: None,
            billed: Billed::Maybe,
        }
    }
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AttemptOutcome {
    /// With an answer.
    Ok,
    /// With an error; [`ErrorKind::Cancelled`] when the attempt was dropped.
    Failed(ErrorKind),
}

impl AttemptOutcome {
    /// `ok`, or the error's kind.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed(kind) => kind.as_str(),
        }
    }

    /// The error's kind.
    pub const fn error(self) -> Option<ErrorKind> {
        match self {
            Self::Ok => None,
            Self::Failed(kind) => Some(kind),
        }
    }
}

impl Serialize for AttemptOutcome {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for AttemptOutcome {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        if name == "ok" {
            return Ok(Self::Ok);
        }
        let kind = ErrorKind::ALL.iter().find(|kind| kind.as_str() == name);
        kind.map(|kind| Self::Failed(*kind))
            .ok_or_else(|| serde::de::Error::custom(format!("unknown attempt outcome `{name}`")))
    }
}

/// Whether a provider charges for an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Billed {
    /// It does not.
    No,
    /// Nobody here can tell.
    Maybe,
    /// It does.
    Yes,
}

impl Billed {
    /// `no`, `maybe` or `yes`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::No => "no",
            Self::Maybe => "maybe",
            Self::Yes => "yes",
        }
    }
}

/// How far the provider got with a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Execution {
    /// The request never reached it: never billed.
    NotSent,
    /// It refused before generating: not billed.
    Rejected,
    /// It had the whole request and gave no whole answer: maybe billed.
    Maybe,
    /// It generated at least one token: billed.
    Executed,
}

impl Execution {
    /// Whether an attempt that got this far is charged.
    pub const fn billed(self) -> Billed {
        match self {
            Self::NotSent | Self::Rejected => Billed::No,
            Self::Maybe => Billed::Maybe,
            Self::Executed => Billed::Yes,
        }
    }
}
