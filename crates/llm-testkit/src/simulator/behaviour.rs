//! How a simulated model answers what it is asked.

use serde::Deserialize;

/// What the text of an answer is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AnswerText {
    /// Always this.
    Fixed(String),
    /// The last message.
    Echo,
    /// So many words, drawn by the seed.
    Generated(usize),
}

/// What a model makes of a request for JSON.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum JsonMode {
    /// It answers with JSON that fits the schema, if there is one.
    #[default]
    Valid,
    /// It puts the JSON into a fenced block.
    Fenced,
    /// It answers with text.
    Ignored,
}

/// What a model makes of the tools it is offered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ToolMode {
    /// It calls the first one, or the one it must, with arguments that fit its schema. Handed a
    /// result, it answers with text.
    #[default]
    Calls,
    /// It calls every one on offer at once.
    CallsAll,
    /// It calls with arguments that are not JSON.
    BadArguments,
    /// It calls a tool nobody offered.
    UnknownTool,
    /// It answers with text.
    Ignored,
    /// The request is refused: nobody who serves the model supports tools.
    Unsupported,
}

/// What a model says as the judge of two answers, which a prompt makes it by naming the marks
/// (`[[A>B]]`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Verdict {
    /// The first is better, whatever it says.
    First,
    /// The second is better, whatever it says.
    Second,
    /// The longer one is better.
    #[default]
    Longer,
    /// The one that contains this text is better.
    Containing(String),
    /// Neither is better.
    Tie,
    /// Praise for the first, without a mark.
    Prose,
    /// Nothing about the answers: it answers as it answers everything.
    None,
}
