//! What one answer says in place of the model's own words.

use fastrand::Rng;

use super::completion::{Content, ToolCall, tokens};

/// A tool that an answer calls; for [`Reply::calls_tools`](super::Reply::calls_tools).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalledTool {
    name: String,
    arguments: String,
    id: Option<String>,
}

impl CalledTool {
    /// A call of this tool with these arguments, the text of a JSON object as a rule; nobody checks.
    pub fn new(name: impl Into<String>, arguments: impl Into<String>) -> Self {
        Self { name: name.into(), arguments: arguments.into(), id: None }
    }

    /// Gives the call this id instead of one that is drawn.
    #[must_use]
    pub fn with_id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }
}

/// What was given of one answer; what was not is the model's.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Words {
    pub(super) text: Option<String>,
    pub(super) calls: Vec<CalledTool>,
    /// The tokens of the prompt and of the answer.
    pub(super) usage: Option<(usize, usize)>,
}

impl Words {
    /// The content that was given, if any was.
    pub(super) fn content(&self, random: &mut Rng) -> Option<Content> {
        if self.text.is_none() && self.calls.is_empty() {
            return None;
        }
        let calls = self.calls.iter();
        let calls = calls
            .map(|call| ToolCall::new(call.id.as_deref(), &call.name, &call.arguments, random))
            .collect();
        Some(Content { text: tokens(self.text.as_deref().unwrap_or_default()), calls })
    }
}
