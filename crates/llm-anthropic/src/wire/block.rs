//! A block of an answer's content, and what only Anthropic wants of it.

use llm_core::{Error, ErrorKind, Extras, Result};
use llm_http::Word;
use serde::Deserialize;
use serde_json::{Map, Value, value::RawValue};

/// Where the blocks of reasoning are kept: signed, so that they must go back as they came.
pub(super) const THINKING_BLOCKS: &str = "thinking_blocks";

/// Where the sources of an answer's sentences are kept.
const CITATIONS: &str = "citations";

/// A block as this project knows it, or as it came.
#[derive(Debug)]
pub(super) enum Block {
    Text {
        text: String,
        citations: Vec<Value>,
    },
    Tool {
        id: Option<String>,
        name: Option<String>,
        /// JSON text; `None` for an object without fields.
        arguments: Option<String>,
    },
    Thinking(Map<String, Value>),
    Other(Map<String, Value>),
}

#[derive(Deserialize)]
struct Wire<'a> {
    #[serde(borrow, default)]
    r#type: Word<'a>,
    #[serde(borrow, default)]
    text: Word<'a>,
    #[serde(default)]
    citations: Option<Vec<Value>>,
    #[serde(borrow, default)]
    id: Word<'a>,
    #[serde(borrow, default)]
    name: Word<'a>,
    #[serde(borrow, default)]
    input: Option<&'a RawValue>,
}

impl Block {
    pub(super) fn decode(raw: &RawValue) -> Result<Self> {
        let wire: Wire<'_> = serde_json::from_str(raw.get()).map_err(|_| unreadable())?;
        Ok(match wire.r#type.as_deref() {
            Some("text") => Self::Text {
                text: wire.text.into_string().unwrap_or_default(),
                citations: wire.citations.unwrap_or_default(),
            },
            Some("tool_use") => Self::Tool {
                id: wire.id.into_string(),
                name: wire.name.into_string(),
                arguments: wire.input.and_then(arguments),
            },
            Some("thinking" | "redacted_thinking") => Self::Thinking(fields(raw)?),
            _ => Self::Other(fields(raw)?),
        })
    }
}

/// The arguments as they were written, unless there are none. Those that are no JSON come as text.
fn arguments(input: &RawValue) -> Option<String> {
    let json = input.get();
    let text = json.starts_with('"').then(|| serde_json::from_str(json).ok()).flatten();
    let is_empty = json.bytes().all(|byte| matches!(byte, b'{' | b'}' | b' ' | b'\n'));
    text.or_else(|| (!is_empty).then(|| json.to_owned()))
}

fn fields(raw: &RawValue) -> Result<Map<String, Value>> {
    serde_json::from_str(raw.get()).map_err(|_| unreadable())
}

fn unreadable() -> Error {
    Error::new(ErrorKind::MalformedResponse, "a block of the answer has an unknown shape")
}

/// What of an answer is kept beside it, as it came.
#[derive(Debug, Default)]
pub(super) struct Kept {
    pub(super) thinking: Vec<Value>,
    pub(super) citations: Vec<Value>,
}

impl Kept {
    pub(super) fn extras(&self) -> Extras {
        let lists = [(THINKING_BLOCKS, &self.thinking), (CITATIONS, &self.citations)];
        let kept = lists.into_iter().filter(|(_, list)| !list.is_empty());
        kept.map(|(name, list)| (name.to_owned(), Value::Array(list.clone()))).collect()
    }
}
