//! What is done about an answer that came, but is of no use, where it differs from the fault
//! table.

use std::collections::BTreeMap;

use llm_core::ErrorKind;

use super::policy::{Again, Onward, Policy};

/// What to do about an answer that came, but is of no use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reaction {
    /// Ask the same model once more, then the next one.
    Retry,
    /// Ask the next model at once.
    Fallback,
    /// End the request.
    Fail,
    /// Take the answer as it is; its attempt says what is wrong with it. Only a whole answer can
    /// be taken: [`EmptyContent`](ErrorKind::EmptyContent),
    /// [`InvalidJson`](ErrorKind::InvalidJson) and
    /// [`InvalidToolArguments`](ErrorKind::InvalidToolArguments).
    Accept,
}

/// Reactions to soft failures, by kind; for the others the fault table stands.
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
    /// With this reaction to failures of `kind`.
    #[must_use]
    pub fn with(mut self, kind: ErrorKind, reaction: Reaction) -> Self {
        self.0.insert(kind, reaction);
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
