//! What a model answered.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

use crate::{
    ids::ModelId,
    message::{AssistantMessage, Part},
    stream::{ResponseMeta, StreamEvent},
    tool::ToolCallDelta,
    usage::Usage,
};

/// A model's complete answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ChatResponse {
    /// The provider's id of the generation.
    pub id: Option<String>,
    /// The model that really answered, as the provider names it. Routers may serve another one
    /// than was asked for.
    pub model: Option<ModelId>,
    /// Who ran the model, where the provider is a router.
    pub upstream: Option<String>,
    /// What the model said.
    pub message: AssistantMessage,
    /// Why the model stopped; `None` where the provider does not say.
    pub finish_reason: Option<FinishReason>,
    /// The reason in the words of whoever ran the model.
    pub native_finish_reason: Option<String>,
    /// Tokens and cost, as far as reported.
    pub usage: Option<Usage>,
    /// How long the model took to come into memory before it began, where the provider says. It
    /// tells nothing of how fast the model is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load_time: Option<Duration>,
}

impl ChatResponse {
    /// An answer of plain text that ended by itself.
    pub fn from_text(text: impl Into<String>) -> Self {
        let content = vec![Part::Text(text.into())];
        Self {
            message: AssistantMessage { content, ..AssistantMessage::default() },
            finish_reason: Some(FinishReason::Stop),
            ..Self::default()
        }
    }

    /// The answer's text.
    pub fn text(&self) -> String {
        self.message.text()
    }

    /// Whether the answer holds nothing a caller could use: no text but blanks, no refusal, part or
    /// tool call.
    pub fn is_empty(&self) -> bool {
        let message = &self.message;
        let blank = |part: &Part| part.as_text().is_some_and(|text| text.trim().is_empty());
        message.content.iter().all(blank)
            && message.refusal.as_deref().is_none_or(str::is_empty)
            && message.tool_calls.is_empty()
    }

    /// How much of `elapsed` the model itself took, without the time it came into memory. A load
    /// said to have taken longer than everything is not believed.
    pub fn without_load(&self, elapsed: Duration) -> Duration {
        match self.load_time {
            Some(load_time) if load_time < elapsed => elapsed.saturating_sub(load_time),
            _ => elapsed,
        }
    }

    /// The answer as the events of a stream, which fold back into the same answer; texts that
    /// follow each other join.
    pub fn into_events(self) -> Vec<StreamEvent> {
        let meta = ResponseMeta {
            id: self.id,
            model: self.model,
            upstream: self.upstream,
            load_time: self.load_time,
        };
        let mut events = Vec::new();
        if meta != ResponseMeta::default() {
            events.push(StreamEvent::Start(meta));
        }
        let message = self.message;
        events.extend(message.reasoning.map(StreamEvent::Reasoning));
        events.extend(message.content.into_iter().map(|part| match part {
            Part::Text(text) => StreamEvent::Text(text),
            part => StreamEvent::Part(part),
        }));
        events.extend(message.refusal.map(StreamEvent::Refusal));
        let calls = (0_u32..).zip(message.tool_calls).map(|(index, call)| ToolCallDelta {
            index,
            id: Some(call.id),
            name: Some(call.name),
            arguments: call.arguments,
        });
        events.extend(calls.map(StreamEvent::ToolCall));
        if !message.extras.is_empty() {
            events.push(StreamEvent::Extras(message.extras));
        }
        if let Some(reason) = self.finish_reason {
            events.push(StreamEvent::Finish { reason, native: self.native_finish_reason });
        }
        events.extend(self.usage.map(StreamEvent::Usage));
        events
    }
}

/// Why a model stopped.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FinishReason {
    /// The answer is whole, or a stop text was met.
    Stop,
    /// The limit of tokens was reached.
    Length,
    /// The model wants tools run.
    ToolCalls,
    /// A filter cut the answer or the model refused.
    ContentFilter,
    /// A reason this crate has no name for.
    #[serde(untagged)]
    Other(String),
}

impl FinishReason {
    /// The reason as it is printed.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Stop => "stop",
            Self::Length => "length",
            Self::ToolCalls => "tool_calls",
            Self::ContentFilter => "content_filter",
            Self::Other(reason) => reason,
        }
    }
}

impl fmt::Display for FinishReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}
