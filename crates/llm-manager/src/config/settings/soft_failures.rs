//! The section `llm.soft_failures`: what to do about answers that came and are of no use.

use llm_core::ModelRole;
use llm_strategies::{Reaction, Reactions, SoftFailure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What to do about answers that came and are of no use. What a role sets wins over `all`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[non_exhaustive]
pub struct SoftFailureSettings {
    /// For every role, and for models without one.
    pub all: SoftFailureReactions,
    /// For primaries.
    pub primary: SoftFailureReactions,
    /// For duplicates.
    pub duplicate: SoftFailureReactions,
    /// For reserves.
    pub reserve: SoftFailureReactions,
    /// For the last resort.
    pub fallback: SoftFailureReactions,
}

/// What to do about each kind of answer that is of no use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[non_exhaustive]
pub struct SoftFailureReactions {
    /// Neither text nor a tool call. Default: the next model, the same one again if it is alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub empty_content: Option<SoftReaction>,
    /// JSON was asked for, and the answer is cut, unreadable, or against its schema. Default: the
    /// next model, the same one again if it is alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invalid_json: Option<SoftReaction>,
    /// Arguments of a tool call that are no JSON. Default: `accept`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invalid_tool_arguments: Option<SoftReaction>,
    /// A stream that ends without a finish reason. Default: the next model, the same one again if
    /// it is alone or nothing had come.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stream_cut: Option<CutReaction>,
    /// A stream that repeats itself without end. Default: the next model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runaway_stream: Option<CutReaction>,
}

/// What to do about a whole answer that is of no use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SoftReaction {
    /// Ask the same model once more, then the next.
    Retry,
    /// Ask the next model at once.
    Fallback,
    /// Fail.
    Fail,
    /// Take the answer as it is.
    Accept,
}

/// What to do about an answer that did not come whole: it is never taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CutReaction {
    /// Ask the same model once more, then the next.
    Retry,
    /// Ask the next model at once.
    Fallback,
    /// Fail.
    Fail,
}

impl SoftFailureSettings {
    /// What the engine does for a model of this role.
    pub(crate) fn reactions(&self, role: Option<ModelRole>) -> Reactions {
        let own = match role {
            Some(ModelRole::Primary) => self.primary,
            Some(ModelRole::Duplicate) => self.duplicate,
            Some(ModelRole::Reserve) => self.reserve,
            Some(ModelRole::Fallback) => self.fallback,
            None => SoftFailureReactions::default(),
        };
        let chosen = self.all.chosen().into_iter().chain(own.chosen());
        chosen.fold(Reactions::default(), |reactions, (failure, reaction)| match reaction {
            Some(reaction) => reactions.with(failure, reaction),
            None => reactions,
        })
    }
}

impl SoftFailureReactions {
    fn chosen(self) -> [(SoftFailure, Option<Reaction>); 5] {
        [
            (SoftFailure::EmptyContent, self.empty_content.map(Reaction::from)),
            (SoftFailure::InvalidJson, self.invalid_json.map(Reaction::from)),
            (SoftFailure::InvalidToolArguments, self.invalid_tool_arguments.map(Reaction::from)),
            (SoftFailure::StreamCut, self.stream_cut.map(Reaction::from)),
            (SoftFailure::RunawayStream, self.runaway_stream.map(Reaction::from)),
        ]
    }
}

impl From<SoftReaction> for Reaction {
    fn from(reaction: SoftReaction) -> Self {
        match reaction {
            SoftReaction::Retry => Self::Retry,
            SoftReaction::Fallback => Self::Fallback,
            SoftReaction::Fail => Self::Fail,
            SoftReaction::Accept => Self::Accept,
        }
    }
}

impl From<CutReaction> for Reaction {
    fn from(reaction: CutReaction) -> Self {
        match reaction {
            CutReaction::Retry => Self::Retry,
            CutReaction::Fallback => Self::Fallback,
            CutReaction::Fail => Self::Fail,
        }
    }
}
