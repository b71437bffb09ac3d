//! The messages of a conversation.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{request::Extras, tool::ToolCall};

/// One message of a conversation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "role", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Message {
    /// Instructions that stand above the conversation.
    System {
        /// What the instructions say.
        content: Vec<Part>,
    },
    /// What the user says.
    User {
        /// Text and images.
        content: Vec<Part>,
        /// Tells participants of the same role apart.
        name: Option<String>,
    },
    /// What a model said earlier.
    Assistant(AssistantMessage),
    /// What a tool returned.
    Tool {
        /// The id of the call that is answered.
        tool_call_id: String,
        /// The tool's result.
        content: Vec<Part>,
    },
}

impl Message {
    /// Instructions.
    pub fn system(text: impl Into<String>) -> Self {
        Self::System { content: vec![Part::Text(text.into())] }
    }

    /// Text of the user.
    pub fn user(text: impl Into<String>) -> Self {
        Self::User { content: vec![Part::Text(text.into())], name: None }
    }

    /// Text of the user with images or other parts.
    pub fn user_parts(content: impl Into<Vec<Part>>) -> Self {
        Self::User { content: content.into(), name: None }
    }

    /// Text a model said earlier.
    pub fn assistant(text: impl Into<String>) -> Self {
        Self::Assistant(AssistantMessage {
            content: vec![Part::Text(text.into())],
            ..AssistantMessage::default()
        })
    }

    /// The result of the tool call `tool_call_id`.
    pub fn tool_result(tool_call_id: impl Into<String>, text: impl Into<String>) -> Self {
        Self::Tool { tool_call_id: tool_call_id.into(), content: vec![Part::Text(text.into())] }
    }

    /// The parts of the message, whoever wrote it.
    pub fn content(&self) -> &[Part] {
        match self {
            Self::System { content } | Self::User { content, .. } | Self::Tool { content, .. } => {
                content
            }
            Self::Assistant(message) => &message.content,
        }
    }

    /// The tool calls of a model's message.
    pub fn tool_calls(&self) -> &[ToolCall] {
        match self {
            Self::Assistant(message) => &message.tool_calls,
            _ => &[],
        }
    }
}

/// What a model said: text, reasoning and tool calls.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AssistantMessage {
    /// Text and whatever else the model produced for the reader.
    pub content: Vec<Part>,
    /// The model's reasoning, where it shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<String>,
    /// The model's refusal, where the provider marks it as one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<String>,
    /// The tools it wants run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<ToolCall>,
    /// Fields only this provider knows and wants back, such as signed reasoning.
    #[serde(default, skip_serializing_if = "Extras::is_empty")]
    pub extras: Extras,
}

impl AssistantMessage {
    /// The text parts, joined.
    pub fn text(&self) -> String {
        self.content.iter().filter_map(Part::as_text).collect()
    }
}

/// A part of a message's content.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Part {
    /// Text.
    Text(String),
    /// An image.
    Image(Image),
    /// A part this crate has no name for, as the provider spells it. Providers that do not know
    /// it refuse the request rather than drop it.
    Other(Value),
}

impl Part {
    /// The text, if the part is text.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl From<&str> for Part {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<Image> for Part {
    fn from(image: Image) -> Self {
        Self::Image(image)
    }
}

/// An image, by address or by content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// Where the bytes are.
    pub source: ImageSource,
    /// How closely the model should look, in the provider's words (`low`, `high`, `auto`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

impl Image {
    /// An image the provider fetches itself.
    pub fn url(url: impl Into<String>) -> Self {
        Self { source: ImageSource::Url(url.into()), detail: None }
    }

    /// An image sent along: `data` is base64 of the bytes, `media_type` is such as `image/png`.
    pub fn base64(media_type: impl Into<String>, data: impl Into<String>) -> Self {
        let source = ImageSource::Base64 { media_type: media_type.into(), data: data.into() };
        Self { source, detail: None }
    }
}

/// Where an image's bytes are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ImageSource {
    /// At an address that the provider fetches.
    Url(String),
    /// Here, as base64.
    Base64 {
        /// The media type, such as `image/png`.
        media_type: String,
        /// The bytes in base64, without a `data:` prefix.
        data: String,
    },
}
