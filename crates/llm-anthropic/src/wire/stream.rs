//! A stream's events, from JSON to what they mean.

use std::{collections::VecDeque, mem};

use llm_core::{Error, ErrorKind, Execution, Extras, Part, Result, StreamEvent, ToolCallDelta};
use llm_http::{AnswerReader, Clock, Report, Transcript, Word, error_inside, error_under_success};
use serde::Deserialize;
use serde_json::{Map, Value, value::RawValue};

use super::{
    block::{Block, Kept},
    codec::Messages,
    response::finish_reason,
    usage::Tokens,
};

/// The most blocks of one answer.
const BLOCKS: usize = 10_000;

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(borrow, default)]
    r#type: Word<'a>,
    #[serde(default)]
    index: Option<u64>,
    #[serde(borrow, default)]
    message: Option<Head<'a>>,
    #[serde(borrow, default)]
    content_block: Option<&'a RawValue>,
    #[serde(borrow, default)]
    delta: Option<Delta<'a>>,
    #[serde(borrow, default)]
    usage: Option<&'a RawValue>,
    #[serde(borrow, default)]
    error: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Head<'a> {
    #[serde(borrow, default)]
    id: Word<'a>,
    #[serde(borrow, default)]
    model: Word<'a>,
    #[serde(borrow, default)]
    usage: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Delta<'a> {
    #[serde(borrow, default)]
    text: Word<'a>,
    #[serde(borrow, default)]
    partial_json: Word<'a>,
    #[serde(borrow, default)]
    thinking: Word<'a>,
    #[serde(borrow, default)]
    signature: Word<'a>,
    #[serde(default)]
    citation: Option<Value>,
    #[serde(borrow, default)]
    stop_reason: Word<'a>,
}

/// A block that has not ended.
#[derive(Debug)]
enum Open {
    Text,
    Tool {
        position: u32,
        /// The arguments the block began with, if none follow.
        arguments: Option<String>,
        follow: bool,
    },
    Thinking {
        block: Map<String, Value>,
        thinking: String,
        signature: String,
    },
    Other {
        block: Map<String, Value>,
        input: String,
    },
}

/// Turns the events of one stream of the Messages API into those of this project.
///
/// An error comes at any time and ends the stream. The stop reason does not end it; `message_stop`
/// does. Events and deltas of unknown types are signs of life.
#[derive(Debug)]
pub struct EventReader {
    clock: Clock,
    transcript: Transcript,
    open: Vec<(u64, Open)>,
    n_blocks: usize,
    n_calls: u32,
    tokens: Tokens,
    kept: Kept,
    kept_due: bool,
    done: bool,
}

impl EventReader {
    /// A reader of a new stream.
    pub(super) fn new(clock: Clock) -> Self {
        Self {
            clock,
            transcript: Transcript::default(),
            open: Vec::new(),
            n_blocks: 0,
            n_calls: 0,
            tokens: Tokens::default(),
            kept: Kept::default(),
            kept_due: false,
            done: false,
        }
    }

    fn start(&mut self, head: Option<Head<'_>>, events: &mut VecDeque<StreamEvent>) {
        let Some(head) = head else { return };
        self.transcript.origin(head.id.as_deref(), head.model.as_deref(), None, events);
        if let Some(usage) = head.usage {
            self.tokens.start(usage);
            events.extend(self.tokens.usage().map(StreamEvent::Usage));
        }
    }

    fn open(&mut self, index: u64, block: Block, events: &mut VecDeque<StreamEvent>) -> Result<()> {
        self.close(index, events)?;
        self.n_blocks += 1;
        if self.n_blocks > BLOCKS {
            let message = format!("the answer holds more than {BLOCKS} blocks");
            let error = Error::new(ErrorKind::ResponseTooLarge, message);
            return Err(error.with_execution(Execution::Executed));
        }
        let open = match block {
            Block::Text { text, citations } => {
                self.transcript.text(text, events)?;
                citations.into_iter().try_for_each(|citation| self.cite(citation))?;
                Open::Text
            }
            Block::Tool { id, name, arguments } => {
                let position = self.n_calls;
                self.n_calls += 1;
                let delta = ToolCallDelta { index: position, id, name, arguments: String::new() };
                self.transcript.tool_call(delta, events)?;
                Open::Tool { position, arguments, follow: false }
            }
            Block::Thinking(block) => {
                self.transcript.admit_extras(&block)?;
                let text = |name| block.get(name).and_then(Value::as_str).map(str::to_owned);
                let thinking = text("thinking").unwrap_or_default();
                let signature = text("signature").unwrap_or_default();
                if block.contains_key("data") {
                    self.transcript.begin();
                }
                self.transcript.reasoning(thinking.clone(), events)?;
                Open::Thinking { block, thinking, signature }
            }
            Block::Other(block) => {
                self.transcript.begin();
                Open::Other { block, input: String::new() }
            }
        };
        self.open.push((index, open));
        Ok(())
    }

    fn say(
        &mut self,
        index: u64,
        delta: Delta<'_>,
        events: &mut VecDeque<StreamEvent>,
    ) -> Result<()> {
        let open = self.open.iter_mut().find(|(known, _)| *known == index).map(|(_, open)| open);
        let transcript = &mut self.transcript;
        if let Some(text) = delta.text.into_string() {
            transcript.text(text, events)?;
        }
        if let Some(text) = delta.thinking.into_string() {
            if let Some(Open::Thinking { thinking, .. }) = open {
                thinking.push_str(&text);
            }
            return transcript.reasoning(text, events);
        }
        match (open, delta.partial_json.into_string(), delta.signature.into_string()) {
            (Some(Open::Tool { position, follow, .. }), Some(arguments), _) => {
                *follow = true;
                let delta = ToolCallDelta { index: *position, id: None, name: None, arguments };
                transcript.tool_call(delta, events)?;
            }
            (Some(Open::Other { input, .. }), Some(more), _) => {
                admit(transcript, &more)?;
                input.push_str(&more);
            }
            (_, Some(_), _) => {
                let message = "the stream tells arguments of no tool call that is open";
                return Err(Error::new(ErrorKind::MalformedResponse, message));
            }
            (Some(Open::Thinking { signature, .. }), None, Some(more)) => {
                admit(transcript, &more)?;
                signature.push_str(&more);
            }
            _ => {}
        }
        delta.citation.map_or(Ok(()), |citation| self.cite(citation))
    }

    fn cite(&mut self, citation: Value) -> Result<()> {
        let citation = Extras::from_iter([(String::new(), citation)]);
        self.transcript.admit_extras(&citation)?;
        self.kept.citations.extend(citation.into_iter().map(|(_, citation)| citation));
        self.kept_due = true;
        Ok(())
    }

    /// Ends a block: what was held back of it is told.
    fn close(&mut self, index: u64, events: &mut VecDeque<StreamEvent>) -> Result<()> {
        let Some(at) = self.open.iter().position(|(known, _)| *known == index) else {
            return Ok(());
        };
        match self.open.remove(at).1 {
            Open::Text | Open::Tool { follow: true, .. } => Ok(()),
            Open::Tool { position, arguments, follow: false } => {
                let arguments = arguments.unwrap_or_else(|| "{}".to_owned());
                let delta = ToolCallDelta { index: position, id: None, name: None, arguments };
                self.transcript.tool_call(delta, events)
            }
            Open::Thinking { mut block, thinking, signature } => {
                let texts = [("thinking", thinking), ("signature", signature)];
                for (name, text) in texts.into_iter().filter(|(_, text)| !text.is_empty()) {
                    block.insert(name.to_owned(), Value::String(text));
                }
                self.kept.thinking.push(Value::Object(block));
                self.kept_due = true;
                Ok(())
            }
            Open::Other { mut block, input } => {
                if !input.is_empty() {
                    let input: Value = serde_json::from_str(&input).map_err(|_| {
                        let message = "the arguments of a tool of the server are broken JSON";
                        Error::new(ErrorKind::MalformedResponse, message)
                    })?;
                    block.insert("input".to_owned(), input);
                }
                self.transcript.part(Part::Other(Value::Object(block)), events)
            }
        }
    }

    fn finish(
        &mut self,
        reason: Option<String>,
        usage: Option<&RawValue>,
        events: &mut VecDeque<StreamEvent>,
    ) -> Result<()> {
        if let Some(native) = reason {
            while let Some(index) = self.open.first().map(|(index, _)| *index) {
                self.close(index, events)?;
            }
            self.tell_kept(events);
            self.transcript.finish(finish_reason(&native), Some(native), events);
        }
        if let Some(usage) = usage {
            self.tokens.update(usage);
            events.extend(self.tokens.usage().map(StreamEvent::Usage));
        }
        Ok(())
    }

    fn tell_kept(&mut self, events: &mut VecDeque<StreamEvent>) {
        if mem::take(&mut self.kept_due) {
            events.push_back(StreamEvent::Extras(self.kept.extras()));
        }
    }
}

/// Counts text that is held back until its block ends.
fn admit(transcript: &mut Transcript, text: &str) -> Result<()> {
    transcript.admit_extras(&Extras::from_iter([(String::new(), text.into())]))
}

impl AnswerReader for EventReader {
    fn read(&mut self, data: &str, events: &mut VecDeque<StreamEvent>) -> Result<()> {
        let event: Event<'_> = self.transcript.parse(data)?;
        let begun = self.transcript.has_begun();
        if let Some(error) = error_inside(&Messages, event.error, begun, self.clock) {
            return Err(error);
        }
        let index = event.index.unwrap_or_default();
        match (event.r#type.as_deref(), event.delta) {
            (Some("error"), _) => {
                return Err(error_under_success(&Messages, &Report::default(), self.clock));
            }
            (Some("message_start"), _) => self.start(event.message, events),
            (Some("content_block_start"), _) => {
                let block = event.content_block.map(Block::decode).transpose()?;
                block.map_or(Ok(()), |block| self.open(index, block, events))?;
            }
            (Some("content_block_delta"), Some(delta)) => self.say(index, delta, events)?,
            (Some("content_block_stop"), _) => self.close(index, events)?,
            (Some("message_delta"), delta) => {
                let reason = delta.and_then(|delta| delta.stop_reason.into_string());
                self.finish(reason, event.usage, events)?;
            }
            (Some("message_stop"), _) => self.done = true,
            _ => {}
        }
        Ok(())
    }

    fn is_done(&self) -> bool {
        self.done
    }

    fn end(&mut self, events: &mut VecDeque<StreamEvent>) -> Result<()> {
        self.tell_kept(events);
        self.transcript.close()
    }

    fn transcript(&self) -> &Transcript {
        &self.transcript
    }
}
