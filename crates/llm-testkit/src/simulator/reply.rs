//! What a simulated model does with one call: answer, refuse, or any way of going wrong.

use std::time::Duration;

use serde_json::Value;

use super::{
    refusal::Refusal,
    words::{CalledTool, Words},
};

/// What a simulated model does with one call.
///
/// Faults that strike inside an answer do so in a stream and in a whole answer alike; what a
/// whole answer cannot do (end without `[DONE]`) leaves it as it is.
///
/// ```
/// use std::time::Duration;
/// use llm_testkit::simulator::Reply;
///
/// Reply::status(429).with_header("retry-after", "2");
/// Reply::cut_after(3).after(Duration::from_secs(1));
/// Reply::says("The sum is 5.").with_usage(120, 8);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    pub(super) delay: Duration,
    pub(super) headers: Vec<(String, String)>,
    pub(super) slice: Option<usize>,
    pub(super) words: Option<Box<Words>>,
    pub(super) kind: Kind,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// The model's answer, with a fault in it.
    Answer(Fault),
    /// A refusal, in the words of the server's dialect.
    Refused(Refusal),
    /// A response that is no answer.
    Http(Http),
    /// These bytes, then the connection closes.
    Raw(Vec<u8>),
    /// Silence, before any header.
    Hang,
    /// The connection closes without a response.
    Close,
    /// The connection is reset without a response.
    Reset,
}

/// A response that is no answer.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Http {
    pub(super) status: u16,
    pub(super) content_type: Option<String>,
    pub(super) body: Vec<u8>,
}

/// What is wrong with an answer.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Fault {
    None,
    Error { tokens: usize, code: Value, message: String },
    Cut(usize),
    Reset(usize),
    Stall(usize),
    Comments(usize, Duration),
    Drip(Duration),
    Repeat(Duration),
    Truncated(Truncation),
    NoChoices,
    NoContent,
    GiantLine(usize),
    Finish(Option<String>),
    NoDone,
    ContentType(String),
    WrongForm,
}

/// How a body ends too early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Truncation {
    /// The connection closes before the announced length is reached.
    Length,
    /// The connection closes inside a chunk.
    Chunk,
    /// The body lasts until the connection closes, which it does too early.
    Close,
}

impl Reply {
    /// Answers.
    pub fn answer() -> Self {
        Self::faulty(Fault::None)
    }

    /// Answers with this text, once, whatever the model's own way with text, JSON and tools.
    pub fn says(text: &str) -> Self {
        Self::answer().with_text(text)
    }

    /// Answers by calling these tools, whether they were offered or not.
    pub fn calls_tools(tools: impl IntoIterator<Item = CalledTool>) -> Self {
        Self::answer().with_tool_calls(tools)
    }

    /// Answers with a status and the server's usual words for it.
    pub fn status(status: u16) -> Self {
        Self::refused(Refusal::status(status))
    }

    /// Answers with a status and an error body of this message.
    pub fn error(status: u16, message: &str) -> Self {
        Self::refused(Refusal::status(status).saying(message))
    }

    /// Answers with a status and a JSON body.
    pub fn json(status: u16, body: &Value) -> Self {
        Self::http(status, "application/json", body.to_string())
    }

    /// Answers with a status and a body of this content type; an empty type is not sent.
    pub fn http(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let content_type = (!content_type.is_empty()).then(|| content_type.to_owned());
        Self::of(Kind::Http(Http { status, content_type, body: body.into() }))
    }

    /// Answers with an event stream of exactly these bytes.
    pub fn event_stream(body: impl Into<Vec<u8>>) -> Self {
        Self::http(200, "text/event-stream", body)
    }

    /// Sends exactly these bytes, status line and all, and closes the connection. The log counts it
    /// as cut, since nobody knows whether it was whole.
    pub fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        Self::of(Kind::Raw(bytes.into()))
    }

    /// Answers with a web page.
    pub fn html(status: u16) -> Self {
        let page = "<!DOCTYPE html>\n<html><body><h1>Please sign in</h1></body></html>\n";
        Self::http(status, "text/html; charset=utf-8", page)
    }

    /// Answers with nothing.
    pub fn empty(status: u16) -> Self {
        Self::http(status, "application/json", "")
    }

    /// Answers with text that is no JSON, but says it is.
    pub fn garbage() -> Self {
        Self::http(200, "application/json", "{\"id\": \"gen-1\", \"choices\": [{]}")
    }

    /// Sends the client elsewhere.
    pub fn redirect(status: u16, location: &str) -> Self {
        Self::http(status, "text/plain", "moved").with_header("location", location)
    }

    /// Reads the request, then stays silent.
    pub fn hang() -> Self {
        Self::of(Kind::Hang)
    }

    /// Reads the request, then closes the connection.
    pub fn close() -> Self {
        Self::of(Kind::Close)
    }

    /// Reads the request, then resets the connection.
    pub fn reset() -> Self {
        Self::of(Kind::Reset)
    }

    /// Fails after so many tokens, inside the answer: an error event in a stream; in a whole answer
    /// a choice with an error where the dialect has one, else a refusal. `code` is a number, or a
    /// word as some upstreams send it.
    pub fn error_after(tokens: usize, code: impl Into<Value>, message: &str) -> Self {
        Self::faulty(Fault::Error { tokens, code: code.into(), message: message.to_owned() })
    }

    /// Closes the connection after so many tokens.
    pub fn cut_after(tokens: usize) -> Self {
        Self::faulty(Fault::Cut(tokens))
    }

    /// Resets the connection after so many tokens.
    pub fn reset_after(tokens: usize) -> Self {
        Self::faulty(Fault::Reset(tokens))
    }

    /// Falls silent after so many tokens; after none, the headers have been sent.
    pub fn stall_after(tokens: usize) -> Self {
        Self::faulty(Fault::Stall(tokens))
    }

    /// Says for ever that it is processing.
    pub fn comments_only(every: Duration) -> Self {
        Self::comments_after(0, every)
    }

    /// Says for ever that it is processing, after so many tokens.
    pub fn comments_after(tokens: usize, every: Duration) -> Self {
        Self::faulty(Fault::Comments(tokens, every))
    }

    /// Sends the answer byte by byte.
    pub fn drip(every: Duration) -> Self {
        Self::faulty(Fault::Drip(every))
    }

    /// Sends the same piece of the answer for ever.
    pub fn repeat(gap: Duration) -> Self {
        Self::faulty(Fault::Repeat(gap))
    }

    /// Ends the answer's body too early.
    pub fn truncated(how: Truncation) -> Self {
        Self::faulty(Fault::Truncated(how))
    }

    /// Answers without choices.
    pub fn no_choices() -> Self {
        Self::faulty(Fault::NoChoices)
    }

    /// Answers with an empty text.
    pub fn no_content() -> Self {
        Self::faulty(Fault::NoContent)
    }

    /// Answers with a single line of at least so many bytes.
    pub fn giant_line(bytes: usize) -> Self {
        Self::faulty(Fault::GiantLine(bytes))
    }

    /// Answers with this finish reason.
    pub fn finish(reason: &str) -> Self {
        Self::faulty(Fault::Finish(Some(reason.to_owned())))
    }

    /// Answers without a finish reason.
    pub fn no_finish() -> Self {
        Self::faulty(Fault::Finish(None))
    }

    /// Ends a stream without `[DONE]`, or what else the dialect marks its end with beside the
    /// finish reason.
    pub fn no_done() -> Self {
        Self::faulty(Fault::NoDone)
    }

    /// Answers, and says the body is something else; an empty type is not sent.
    pub fn content_type(content_type: &str) -> Self {
        Self::faulty(Fault::ContentType(content_type.to_owned()))
    }

    /// Answers a call for a stream with a whole answer, and the other way round.
    pub fn wrong_form() -> Self {
        Self::faulty(Fault::WrongForm)
    }

    /// Says this text in the answer, however the answer goes wrong; a reply that is no answer
    /// stays as it is. As any answer, it ends at the limit the request sets.
    #[must_use]
    pub fn with_text(mut self, text: &str) -> Self {
        self.words.get_or_insert_default().text = Some(text.to_owned());
        self
    }

    /// Calls these tools in the answer, after its text if it was given one.
    #[must_use]
    pub fn with_tool_calls(mut self, tools: impl IntoIterator<Item = CalledTool>) -> Self {
        self.words.get_or_insert_default().calls = tools.into_iter().collect();
        self
    }

    /// Says that the answer used so many tokens, instead of what was counted.
    #[must_use]
    pub fn with_usage(mut self, prompt: usize, completion: usize) -> Self {
        self.words.get_or_insert_default().usage = Some((prompt, completion));
        self
    }

    /// Waits this long before the headers.
    #[must_use]
    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Adds a response header.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sends the body in slices of so many bytes, one packet each where the network allows.
    #[must_use]
    pub fn in_slices(mut self, bytes: usize) -> Self {
        self.slice = Some(bytes.max(1));
        self
    }

    pub(super) fn refused(refusal: Refusal) -> Self {
        Self::of(Kind::Refused(refusal))
    }

    fn faulty(fault: Fault) -> Self {
        Self::of(Kind::Answer(fault))
    }

    fn of(kind: Kind) -> Self {
        Self { delay: Duration::ZERO, headers: Vec::new(), slice: None, words: None, kind }
    }
}
