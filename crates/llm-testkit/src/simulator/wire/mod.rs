//! The seam between what a model does and how a server writes it: one file a dialect.

mod anthropic;
mod chunks;
mod ollama;
mod openai;
mod openrouter;
mod requests;

use std::fmt::Debug;

use serde_json::Value;

use super::{
    completion::Completion, dialect::Dialect, http::Request, refusal::Refusal, schedule::Schedule,
    state::State,
};

/// How one server reads requests and writes answers.
pub(super) trait Wire: Debug + Sync {
    /// What follows the port in the address of its API.
    fn base(&self) -> &'static str;

    /// The path of a chat.
    fn chat_path(&self) -> &'static str;

    /// What a path beside the chat's gets; none when it serves no such path. The key was checked
    /// by nobody.
    fn other(&self, request: &Request, path: &str, state: &State) -> Option<Schedule>;

    /// The key a request carries.
    fn key<'a>(&self, request: &'a Request) -> Option<&'a str>;

    /// Whether it asks for a key at all.
    fn asks_for_key(&self) -> bool {
        true
    }

    /// A request's body in the shape of OpenAI's chat completions, or why it is refused.
    fn understand(&self, request: &Request, body: &Value) -> Result<Value, Refusal>;

    /// The id of a generation, and the header that tells it.
    fn identify(&self, number: u64) -> (String, Option<&'static str>);

    /// An answer as one body; `empty`, it lacks what carries the content.
    fn whole(&self, completion: &Completion, empty: bool) -> Value;

    /// How the body of an answer begins, up to its text.
    fn whole_opening(&self) -> &'static [u8];

    /// The body under status 200 of an answer that failed after its first tokens; none where a
    /// whole answer that fails is refused with a status.
    fn whole_failed(
        &self,
        _completion: &Completion,
        _partial: String,
        _error: (&Value, &str),
    ) -> Option<Value> {
        None
    }

    /// An answer as the pieces of a stream.
    fn streamed(&self, completion: &Completion) -> Streamed;

    /// An error in the middle of a stream.
    fn error_inside(&self, completion: &Completion, code: &Value, message: &str) -> Vec<u8>;

    /// A refusal, as a call of `model` gets it.
    fn refuse(&self, refusal: &Refusal, model: &str) -> Refused;
}

/// An answer as the pieces of a stream, one a token.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Streamed {
    pub(super) content_type: &'static str,
    /// What comes with the headers.
    pub(super) opening: Vec<u8>,
    /// What says that the stream is alive.
    pub(super) alive: Vec<u8>,
    /// Whether it says so by itself while it waits for the first token.
    pub(super) says_alive: bool,
    pub(super) tokens: Vec<Vec<u8>>,
    /// A token that can be sent again and again.
    pub(super) again: Vec<u8>,
    /// What an answer sends in place of its tokens that lacks what carries the content.
    pub(super) empty: Vec<u8>,
    /// Why it ended; nothing when it does not say.
    pub(super) finish: Vec<u8>,
    /// What else comes at the end, the tokens used.
    pub(super) usage: Vec<u8>,
    /// The mark of the end, where the dialect has one of its own.
    pub(super) done: Vec<u8>,
}

/// A refusal on the wire.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Refused {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Value,
}

impl Refused {
    fn new(status: u16, body: Value) -> Self {
        Self { status, headers: Vec::new(), body }
    }

    fn with_header(mut self, name: &str, value: &impl ToString) -> Self {
        self.headers.push((name.to_owned(), value.to_string()));
        self
    }
}

/// The wire of a dialect.
pub(super) fn of(dialect: Dialect) -> &'static dyn Wire {
    match dialect {
        Dialect::OpenRouter => &openrouter::OpenRouter,
        Dialect::OpenAi => &openai::OpenAi,
        Dialect::Anthropic => &anthropic::Anthropic,
        Dialect::Ollama => &ollama::Ollama,
    }
}

/// The key in a request's `authorization` header.
fn bearer(request: &Request) -> Option<&str> {
    let (scheme, key) = request.header("authorization")?.split_once(' ')?;
    let key = key.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !key.is_empty()).then_some(key)
}

/// One event of an event stream that has no name.
fn data(value: &Value) -> Vec<u8> {
    format!("data: {value}\n\n").into_bytes()
}
