//! What one call gets, as a command writes it: one thing that happens, and what goes with it.

use std::{collections::BTreeMap, time::Duration};

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::simulator::{CalledTool, Reply};

/// A reply, read and checked.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Fields")]
pub(super) struct ScriptedReply {
    pub(super) reply: Reply,
}

#[derive(Debug, Deserialize)]
struct Fields {
    text: Option<String>,
    tool_calls: Option<Vec<ToolCall>>,
    usage: Option<Usage>,
    message: Option<String>,
    retry_after: Option<u64>,
    after_ms: Option<u64>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// The one thing that happens.
    #[serde(flatten)]
    happens: Map<String, Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ToolCall {
    name: String,
    /// An object, or a text that is sent as it is.
    arguments: Value,
    id: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Usage {
    prompt_tokens: usize,
    completion_tokens: usize,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Happens {
    // The model's answer.
    Answer(True),
    CutAfter(usize),
    ResetAfter(usize),
    StallAfter(usize),
    ErrorAfter(ErrorAfter),
    Finish(String),
    // Something else.
    Status(u16),
    ContextLength(True),
    NoTools(True),
    NoContent(True),
    Garbage(True),
    Html(u16),
    Empty(u16),
    Hang(True),
    Close(True),
    Reset(True),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ErrorAfter {
    tokens: usize,
    code: Value,
    message: String,
}

/// The word `true`.
#[derive(Debug, Deserialize)]
#[serde(try_from = "bool")]
struct True;

impl TryFrom<bool> for True {
    type Error = &'static str;

    fn try_from(value: bool) -> Result<Self, Self::Error> {
        value.then_some(Self).ok_or("what does not happen is left out, not false")
    }
}

impl TryFrom<Fields> for ScriptedReply {
    type Error = String;

    fn try_from(fields: Fields) -> Result<Self, Self::Error> {
        let said = fields.text.is_some() || fields.tool_calls.is_some() || fields.usage.is_some();
        let happens = happens(&fields.happens, said)?;
        if said && !happens.is_answer() {
            return Err("`text`, `tool_calls` and `usage` belong to an answer".to_owned());
        }
        let is_status = matches!(happens, Happens::Status(_));
        if !is_status && (fields.message.is_some() || fields.retry_after.is_some()) {
            return Err("`message` and `retry_after` belong to a `status`".to_owned());
        }
        let mut reply = happens.reply(fields.message.as_deref());
        if let Some(text) = &fields.text {
            reply = reply.with_text(text);
        }
        if let Some(calls) = fields.tool_calls {
            reply = reply.with_tool_calls(calls.into_iter().map(CalledTool::from));
        }
        if let Some(usage) = fields.usage {
            reply = reply.with_usage(usage.prompt_tokens, usage.completion_tokens);
        }
        if let Some(seconds) = fields.retry_after {
            reply = reply.with_header("retry-after", &seconds.to_string());
        }
        for (name, value) in &fields.headers {
            reply = reply.with_header(name, value);
        }
        if let Some(delay) = fields.after_ms {
            reply = reply.after(Duration::from_millis(delay));
        }
        Ok(Self { reply })
    }
}

/// The one thing that happens; what is said is said in an answer.
fn happens(fields: &Map<String, Value>, said: bool) -> Result<Happens, String> {
    let names: Vec<_> = fields.keys().map(|name| format!("`{name}`")).collect();
    match names.len() {
        0 if said => Ok(Happens::Answer(True)),
        0 => Err("a reply says nothing of what happens".to_owned()),
        1 => {
            let read = serde_json::from_value(Value::Object(fields.clone()));
            read.map_err(|error| format!("reply {}: {error}", names.concat()))
        }
        _ => Err(format!("{} cannot happen in one reply", names.join(" and "))),
    }
}

impl Happens {
    fn is_answer(&self) -> bool {
        matches!(
            self,
            Self::Answer(_)
                | Self::CutAfter(_)
                | Self::ResetAfter(_)
                | Self::StallAfter(_)
                | Self::ErrorAfter(_)
                | Self::Finish(_)
        )
    }

    fn reply(self, message: Option<&str>) -> Reply {
        match self {
            Self::Answer(_) => Reply::answer(),
            Self::CutAfter(tokens) => Reply::cut_after(tokens),
            Self::ResetAfter(tokens) => Reply::reset_after(tokens),
            Self::StallAfter(tokens) => Reply::stall_after(tokens),
            Self::ErrorAfter(error) => Reply::error_after(error.tokens, error.code, &error.message),
            Self::Finish(reason) => Reply::finish(&reason),
            Self::Status(status) => {
                message.map_or_else(|| Reply::status(status), |text| Reply::error(status, text))
            }
            Self::ContextLength(_) => Reply::context_length(),
            Self::NoTools(_) => Reply::no_tool_support(),
            Self::NoContent(_) => Reply::no_content(),
            Self::Garbage(_) => Reply::garbage(),
            Self::Html(status) => Reply::html(status),
            Self::Empty(status) => Reply::empty(status),
            Self::Hang(_) => Reply::hang(),
            Self::Close(_) => Reply::close(),
            Self::Reset(_) => Reply::reset(),
        }
    }
}

impl From<ToolCall> for CalledTool {
    fn from(call: ToolCall) -> Self {
        let arguments = match call.arguments {
            Value::String(text) => text,
            value => value.to_string(),
        };
        let called = Self::new(call.name, arguments);
        match call.id {
            Some(id) => called.with_id(id),
            None => called,
        }
    }
}
