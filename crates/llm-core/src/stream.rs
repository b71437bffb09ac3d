//! An answer as it arrives.

use std::{pin::Pin, time::Duration};

use futures_core::Stream;
use serde::{Deserialize, Serialize};

use crate::{
    error::Result, ids::ModelId, message::Part, request::Extras, response::FinishReason,
    tool::ToolCallDelta, usage::Usage,
};

/// The events of one answer, in order, ending after the last or at the first error.
///
/// Dropping it closes the connection it is read from, which stops the generation where the
/// provider can do so. A stream that ends without [`StreamEvent::Finish`] was cut:
/// [`ResponseBuilder`](crate::ResponseBuilder) reports it as an error.
pub type ResponseStream = Pin<Box<dyn Stream<Item = Result<StreamEvent>> + Send + 'static>>;

/// Something that happened in a stream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum StreamEvent {
    /// The answer's origin became known. May come more than once; later facts win.
    Start(ResponseMeta),
    /// More text.
    Text(String),
    /// More reasoning.
    Reasoning(String),
    /// More of a refusal.
    Refusal(String),
    /// More of a tool call.
    ToolCall(ToolCallDelta),
    /// A whole part that is not text.
    Part(Part),
    /// Fields only this provider knows; later values of a field win.
    Extras(Extras),
    /// The model stopped. Usage may still follow. May come twice; the first reason stands.
    Finish {
        /// Why.
        reason: FinishReason,
        /// Why, in the words of whoever ran the model.
        native: Option<String>,
    },
    /// Tokens and cost so far. May come more than once; the last one stands.
    Usage(Usage),
    /// The connection is alive, the answer has not moved on.
    KeepAlive,
}

impl StreamEvent {
    /// Whether the event carries something of the answer itself.
    ///
    /// The first such event handed to a caller commits a request to the model that sent it.
    pub fn is_content(&self) -> bool {
        match self {
            Self::Text(text) | Self::Reasoning(text) | Self::Refusal(text) => !text.is_empty(),
            Self::ToolCall(delta) => !delta.is_empty(),
            Self::Part(_) => true,
            Self::Start(_)
            | Self::Extras(_)
            | Self::Finish { .. }
            | Self::Usage(_)
            | Self::KeepAlive => false,
        }
    }
}

/// Where an answer comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ResponseMeta {
    /// The provider's id of the generation.
    pub id: Option<String>,
    /// The model that really answers.
    pub model: Option<ModelId>,
    /// Who runs the model, where the provider is a router.
    pub upstream: Option<String>,
    /// How long the model took to come into memory before it began, where the provider says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub load_time: Option<Duration>,
}
