//! Tools a model may call, and its calls.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A function the model may ask the caller to run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Tool {
    /// The function's name.
    pub name: String,
    /// What it does, for the model to read.
    pub description: Option<String>,
    /// JSON Schema of its arguments.
    pub parameters: Value,
    /// Whether the provider must hold the arguments to the schema; `None` leaves it to the provider.
    pub strict: Option<bool>,
}

impl Tool {
    /// A function `name` whose arguments follow the JSON Schema `parameters`.
    pub fn new(name: impl Into<String>, parameters: Value) -> Self {
        Self { name: name.into(), description: None, parameters, strict: None }
    }

    /// Says what the function does.
    #[must_use]
    pub fn with_description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Sets whether the provider must hold the arguments to the schema.
    #[must_use]
    pub fn with_strict(mut self, strict: bool) -> Self {
        self.strict = Some(strict);
        self
    }
}

/// Whether and which tool the model must call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ToolChoice {
    /// The model decides.
    Auto,
    /// No call.
    None,
    /// At least one call of any tool.
    Required,
    /// A call of the tool of this name.
    Function(String),
}

/// A model's request to run a tool.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolCall {
    /// The call's id, which the tool's result names.
    pub id: String,
    /// The tool's name.
    pub name: String,
    /// The arguments as the model wrote them: JSON text, not always valid.
    pub arguments: String,
}

/// A fragment of a tool call, as streams deliver it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolCallDelta {
    /// Which of the response's calls the fragment belongs to.
    pub index: u32,
    /// The call's id, usually in its first fragment only.
    pub id: Option<String>,
    /// The tool's name, usually in the first fragment only.
    pub name: Option<String>,
    /// More of the arguments' text.
    pub arguments: String,
}

impl ToolCallDelta {
    /// Whether the fragment adds nothing to its call.
    pub fn is_empty(&self) -> bool {
        let blank = |text: &Option<String>| text.as_deref().is_none_or(str::is_empty);
        blank(&self.id) && blank(&self.name) && self.arguments.is_empty()
    }
}
