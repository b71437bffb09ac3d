//! What is done about an answer that came, but is of no use, where it differs from the fault
//! table.

use std::collections::BTreeMap;

use llm_core::ErrorKind;

use super::policy::{Again, Onward, Policy};

/// An answer that came, but is of no use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SoftFailure {
    /// Neither text nor a tool call.
    EmptyContent,
    /// JSON was asked for, and this is none, or not what its schema says.
    InvalidJson,
    /// Arguments of a tool call that are no JSON.
    InvalidToolArguments,
    /// A stream that ended without a finish reason.
    StreamCut,
    /// A stream that repeats itself without end.
    RunawayStream,
}

impl SoftFailure {
    /// The kind of its error.
    pub const fn kind(self) -> ErrorKind {
        match self {
            Self::EmptyContent => ErrorKind::EmptyContent,
            Self::InvalidJson => ErrorKind::InvalidJson,
            Self::InvalidToolArguments => ErrorKind::InvalidToolArguments,
            Self::StreamCut => ErrorKind::StreamCut,
            Self::RunawayStream => ErrorKind::RunawayStream,
        }
    }
}

/// What to do about an answer that came, but is of no use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reaction {
    /// Ask the same model once more, then the next one.
    Retry,
    /// Ask the next model at once.
    Fallback,
    /// End the request.
    Fail,
    /// Take the answer as it is; its attempt says what is wrong with it. What did not come whole,
    /// a cut stream and a runaway one, is never taken: for those the fault table stands.
    Accept,
}

/// Reactions to soft failures; for the others the fault table stands.
///
/// By default arguments of tool calls that are no JSON are taken as they are: agents read them,
/// and tell the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reactions(BTreeMap<ErrorKind, Reaction>);

impl Default for Reactions {
    fn default() -> Self {
        Self([(ErrorKind::InvalidToolArguments, Reaction::Accept)].into())
    }
}

impl Reactions {
    /// With this reaction to such failures.
    #[must_use]
    pub fn with(mut self, failure: SoftFailure, reaction: Reaction) -> Self {
        self.0.insert(failure.kind(), reaction);
        self
    }

    /// Whether a whole answer with a flaw of this kind is taken as it is.
    pub(crate) fn accept(&self, kind: ErrorKind) -> bool {
        self.0.get(&kind) == Some(&Reaction::Accept)
    }

    /// Whether the same model comes before the next one, although it may charge twice.
    pub(crate) fn insist(&self, kind: ErrorKind) -> bool {
        self.0.get(&kind) == Some(&Reaction::Retry)
    }

    /// The policy for a failure of `kind`, where the fault table says `policy`.
    pub(crate) fn change(&self, kind: ErrorKind, policy: Policy) -> Policy {
        match self.0.get(&kind) {
            None | Some(Reaction::Accept) => policy,
            Some(Reaction::Retry) => Policy { again: Again::Times(1), ..policy },
            Some(Reaction::Fallback) => Policy { again: Again::No, onward: Onward::Next, ..policy },
            Some(Reaction::Fail) => Policy { again: Again::No, onward: Onward::End, ..policy },
        }
    }
}
