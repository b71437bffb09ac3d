//! What a caller asks of a model.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    message::{Message, Part},
    tool::{Tool, ToolCall, ToolChoice},
};

/// Fields that pass through to one provider untouched.
pub type Extras = Map<String, Value>;

/// A request for a chat completion, whoever serves it.
///
/// A clone shares messages, tools and extras, so that every attempt of a request costs a few
/// reference counts and no copy of the conversation. What is not set is left to the model's
/// configuration, then to the provider.
///
/// ```
/// use llm_core::{ChatRequest, Message};
///
/// let request = ChatRequest::new([Message::system("Be brief."), Message::user("Hello")])
///     .with_max_tokens(64)
///     .with_temperature(0.0);
/// assert_eq!(request.messages.len(), 2);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ChatRequest {
    /// The conversation, oldest message first.
    pub messages: Arc<[Message]>,
    /// Tools the model may call.
    pub tools: Arc<[Tool]>,
    /// Whether it must call one.
    pub tool_choice: Option<ToolChoice>,
    /// Whether it may call several at once.
    pub parallel_tool_calls: Option<bool>,
    /// The form of the answer.
    pub response_format: Option<ResponseFormat>,
    /// How tokens are chosen and how many.
    pub sampling: Sampling,
    /// How hard a reasoning model should think.
    pub reasoning: Option<Reasoning>,
    /// Labels the provider stores with the request.
    pub metadata: Arc<BTreeMap<String, String>>,
    /// The caller's end user, for the provider's abuse detection.
    pub user: Option<String>,
    /// Fields of the provider's own API, sent as they are. They win over fields of this type.
    pub extras: Arc<Extras>,
}

impl ChatRequest {
    /// A request that continues `messages`.
    pub fn new(messages: impl Into<Arc<[Message]>>) -> Self {
        Self { messages: messages.into(), ..Self::default() }
    }

    /// Puts `instructions` before the conversation.
    #[must_use]
    pub fn with_system(mut self, instructions: impl Into<String>) -> Self {
        let first = std::iter::once(Message::system(instructions));
        self.messages = first.chain(self.messages.iter().cloned()).collect();
        self
    }

    /// Offers tools.
    #[must_use]
    pub fn with_tools(mut self, tools: impl Into<Arc<[Tool]>>) -> Self {
        self.tools = tools.into();
        self
    }

    /// Says whether and which tool the model must call.
    #[must_use]
    pub fn with_tool_choice(mut self, choice: ToolChoice) -> Self {
        self.tool_choice = Some(choice);
        self
    }

    /// Sets the form of the answer.
    #[must_use]
    pub fn with_response_format(mut self, format: ResponseFormat) -> Self {
        self.response_format = Some(format);
        self
    }

    /// Limits the answer's length, in tokens.
    #[must_use]
    pub fn with_max_tokens(mut self, max_tokens: u32) -> Self {
        self.sampling.max_tokens = Some(max_tokens);
        self
    }

    /// Sets the temperature.
    #[must_use]
    pub fn with_temperature(mut self, temperature: f64) -> Self {
        self.sampling.temperature = Some(temperature);
        self
    }

    /// Sets how hard a reasoning model should think.
    #[must_use]
    pub fn with_reasoning(mut self, reasoning: Reasoning) -> Self {
        self.reasoning = Some(reasoning);
        self
    }

    /// Sets all sampling parameters at once.
    #[must_use]
    pub fn with_sampling(mut self, sampling: Sampling) -> Self {
        self.sampling = sampling;
        self
    }

    /// Adds a field of the provider's own API.
    #[must_use]
    pub fn with_extra(mut self, field: impl Into<String>, value: impl Into<Value>) -> Self {
        Arc::make_mut(&mut self.extras).insert(field.into(), value.into());
        self
    }

    /// Whether a message carries an image.
    pub fn has_images(&self) -> bool {
        let parts = self.messages.iter().flat_map(Message::content);
        parts.into_iter().any(|part| matches!(part, Part::Image(_)))
    }

    /// Characters of text in the conversation, of earlier tool calls and of the tools'
    /// definitions.
    ///
    /// A rough measure of the prompt's size before any tokenizer has seen it.
    pub fn text_length(&self) -> usize {
        let length = |text: &str| text.chars().count();
        let of_part = |part: &Part| part.as_text().map_or(0, length);
        let of_call = |call: &ToolCall| length(&call.name) + length(&call.arguments);
        let of_tool = |tool: &Tool| {
            length(&tool.name)
                + tool.description.as_deref().map_or(0, length)
                + length(&tool.parameters.to_string())
        };
        let parts: usize = self.messages.iter().flat_map(Message::content).map(of_part).sum();
        let calls: usize = self.messages.iter().flat_map(Message::tool_calls).map(of_call).sum();
        parts + calls + self.tools.iter().map(of_tool).sum::<usize>()
    }

    /// Tokens of the prompt, by estimate: a quarter of its [text](Self::text_length). Nobody here has
    /// the model's tokenizer, and what an image takes is the model's own affair: none are counted.
    pub fn estimated_tokens(&self) -> u64 {
        u64::try_from(self.text_length().div_ceil(4)).unwrap_or(u64::MAX)
    }

    /// Whether the request asks for nothing: no message holds a part that is not blank.
    pub fn is_blank(&self) -> bool {
        let blank = |part: &Part| part.as_text().is_some_and(|text| text.trim().is_empty());
        self.messages.iter().flat_map(Message::content).all(blank)
    }
}

impl From<&str> for ChatRequest {
    fn from(prompt: &str) -> Self {
        Self::new([Message::user(prompt)])
    }
}

impl From<String> for ChatRequest {
    fn from(prompt: String) -> Self {
        Self::new([Message::user(prompt)])
    }
}

/// How tokens are chosen and how many. What is `None` is left to the provider.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sampling {
    /// Randomness, 0 to 2.
    pub temperature: Option<f64>,
    /// Nucleus sampling, 0 to 1.
    pub top_p: Option<f64>,
    /// How many of the likeliest tokens are considered.
    pub top_k: Option<u32>,
    /// Penalty for frequent tokens, -2 to 2.
    pub frequency_penalty: Option<f64>,
    /// Penalty for tokens already seen, -2 to 2.
    pub presence_penalty: Option<f64>,
    /// The longest answer, in tokens.
    pub max_tokens: Option<u32>,
    /// Texts that end the answer. The engine ends it there whatever the model does, at the one that
    /// is complete first.
    pub stop: Arc<[String]>,
    /// Asks for repeatable sampling.
    pub seed: Option<i64>,
}

impl Sampling {
    /// These parameters, with those of `defaults` where none is set.
    #[must_use]
    pub fn or(self, defaults: &Self) -> Self {
        Self {
            temperature: self.temperature.or(defaults.temperature),
            top_p: self.top_p.or(defaults.top_p),
            top_k: self.top_k.or(defaults.top_k),
            frequency_penalty: self.frequency_penalty.or(defaults.frequency_penalty),
            presence_penalty: self.presence_penalty.or(defaults.presence_penalty),
            max_tokens: self.max_tokens.or(defaults.max_tokens),
            stop: if self.stop.is_empty() { Arc::clone(&defaults.stop) } else { self.stop },
            seed: self.seed.or(defaults.seed),
        }
    }
}

/// The form of the answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ResponseFormat {
    /// Free text.
    Text,
    /// Any JSON object.
    JsonObject,
    /// JSON that follows a schema.
    JsonSchema {
        /// The schema's name, for the model to read.
        name: String,
        /// The JSON Schema.
        schema: Arc<Value>,
        /// Whether the provider must hold the answer to the schema.
        strict: bool,
    },
}

/// How hard a reasoning model should think.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Reasoning {
    /// The effort in the provider's words: `low`, `medium`, `high` and the like.
    pub effort: Option<String>,
    /// The most tokens spent on reasoning.
    pub max_tokens: Option<u32>,
    /// Keep the reasoning out of the answer.
    pub exclude: Option<bool>,
}

impl Reasoning {
    /// Asks for an effort such as `low`.
    pub fn effort(effort: impl Into<String>) -> Self {
        Self { effort: Some(effort.into()), ..Self::default() }
    }
}
