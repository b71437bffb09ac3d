//! A stream's chunks, from JSON to events.

use std::collections::VecDeque;

use llm_core::{
    Error, ErrorKind, Execution, Extras, FinishReason, ModelId, Part, ResponseMeta, Result,
    StreamEvent,
};

use super::{
    answer::{empty_content, explains_emptiness, finish_reason, reported},
    content::Content,
    dialect::{Clock, Dialect},
    envelope::{self, Choice, Envelope},
    extras,
    guard::{Channel, Guard},
    message::Said,
    tool_calls::ToolCalls,
    usage,
};

/// Turns the chunks of one stream into events, one chunk at a time.
///
/// An error in a chunk comes before its choices. A finish reason does not end the stream, because
/// usage may follow; `[DONE]` does, and what comes after it is ignored. A thousand identical
/// deltas in a row are a runaway stream.
///
/// ```
/// use std::{collections::VecDeque, time::SystemTime};
///
/// use llm_core::StreamEvent;
/// use llm_http::openai::{ChunkReader, Dialect};
///
/// let mut reader = ChunkReader::new(Dialect::OPENAI, || SystemTime::UNIX_EPOCH);
/// let mut events = VecDeque::new();
/// reader.push(r#"{"choices":[{"delta":{"content":"Hi"}}]}"#, &mut events)?;
/// assert_eq!(events, [StreamEvent::Text("Hi".to_owned())]);
/// # Ok::<(), llm_core::Error>(())
/// ```
#[derive(Debug)]
pub struct ChunkReader {
    dialect: Dialect,
    clock: Clock,
    meta: ResponseMeta,
    guard: Guard,
    tool_calls: ToolCalls,
    extras: Extras,
    extras_due: bool,
    progress: Progress,
    finish: Option<FinishReason>,
    done: bool,
}

/// What has come of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Progress {
    Nothing,
    /// Something that was generated, such as reasoning.
    Begun,
    /// Something a caller can use.
    Usable,
}

impl ChunkReader {
    /// A reader of a new stream.
    pub fn new(dialect: Dialect, clock: Clock) -> Self {
        Self {
            dialect,
            clock,
            meta: ResponseMeta::default(),
            guard: Guard::default(),
            tool_calls: ToolCalls::default(),
            extras: Extras::new(),
            extras_due: false,
            progress: Progress::Nothing,
            finish: None,
            done: false,
        }
    }

    /// Reads the data of one event. A chunk that moves nothing on is a sign of life.
    pub fn push(&mut self, data: &str, events: &mut VecDeque<StreamEvent>) -> Result<()> {
        let before = events.len();
        self.read(data.trim(), events).map_err(|error| self.place(error))?;
        if events.len() == before && !self.done {
            events.push_back(StreamEvent::KeepAlive);
        }
        Ok(())
    }

    /// Whether the stream said that it is over.
    pub fn is_done(&self) -> bool {
        self.done
    }

    /// Whether the model said why it stopped.
    pub fn is_finished(&self) -> bool {
        self.finish.is_some()
    }

    /// Ends the stream. The end of the connection alone proves nothing: without a finish reason
    /// the answer was cut, and a finished answer with nothing in it is an error as well.
    pub fn end(&mut self, events: &mut VecDeque<StreamEvent>) -> Result<()> {
        self.flush_extras(events);
        match &self.finish {
            None => Err(self.cut()),
            Some(reason)
                if self.progress < Progress::Usable && !explains_emptiness(Some(reason)) =>
            {
                Err(self.place(empty_content()))
            }
            Some(_) => Ok(()),
        }
    }

    /// The error of a stream that ended before the answer did.
    pub fn cut(&self) -> Error {
        let message = if self.begun() {
            "the stream ended in mid-answer, without a finish reason"
        } else {
            "the stream ended before the answer began"
        };
        self.place(Error::new(ErrorKind::StreamCut, message))
    }

    /// Adds what the reader knows to an error: the generation's id, and whether tokens were made.
    pub fn place(&self, error: Error) -> Error {
        let error = match &self.meta.id {
            Some(id) => error.with_request_id(id),
            None => error,
        };
        if self.begun() && error.execution() < Execution::Executed {
            error.with_execution(Execution::Executed)
        } else {
            error
        }
    }

    fn begun(&self) -> bool {
        self.progress >= Progress::Begun
    }

    fn read(&mut self, data: &str, events: &mut VecDeque<StreamEvent>) -> Result<()> {
        if self.done || data.is_empty() {
            return Ok(());
        }
        if data.eq_ignore_ascii_case("[done]") {
            self.done = true;
            return Ok(());
        }
        let mut chunk = envelope::parse(data).map_err(|error| self.unreadable(error))?;
        let choice = chunk.choice();
        self.note_origin(&chunk, events);
        if choice.as_ref().is_some_and(Choice::has_content) {
            self.progress = self.progress.max(Progress::Begun);
        }
        if let Some(error) = reported(chunk.error, self.begun(), &self.dialect, self.clock) {
            return Err(error);
        }
        if let Some(choice) = choice {
            if let Some(error) = choice.failure(self.begun(), &self.dialect, self.clock) {
                return Err(error);
            }
            if let Some(said) = choice.delta.or(choice.message) {
                self.say(*said, events)?;
            }
            if let Some(reason) = finish_reason(choice.finish_reason.as_deref()) {
                self.flush_extras(events);
                self.finish.get_or_insert_with(|| reason.clone());
                let native = choice.native_finish_reason.into_string();
                events.push_back(StreamEvent::Finish { reason, native });
            }
        }
        events.extend(chunk.usage.and_then(usage::decode).map(StreamEvent::Usage));
        Ok(())
    }

    fn say(&mut self, said: Said, events: &mut VecDeque<StreamEvent>) -> Result<()> {
        if let Some(text) = said.reasoning {
            self.guard.admit(Channel::Reasoning, &text)?;
            events.push_back(StreamEvent::Reasoning(text));
        }
        let parts = match said.content {
            Content::Nothing => Vec::new(),
            Content::Text(text) => {
                self.text(text, events)?;
                Vec::new()
            }
            Content::Parts(parts) => parts,
        };
        for part in parts.into_iter().chain(said.images) {
            match part {
                Part::Text(text) => self.text(text, events)?,
                part => {
                    self.guard.admit_part(&part)?;
                    self.progress = Progress::Usable;
                    events.push_back(StreamEvent::Part(part));
                }
            }
        }
        if let Some(text) = said.refusal {
            self.guard.admit(Channel::Refusal, &text)?;
            self.progress = Progress::Usable;
            events.push_back(StreamEvent::Refusal(text));
        }
        for fragment in said.tool_calls {
            if !fragment.arguments.is_empty() {
                self.guard.admit(Channel::Arguments, &fragment.arguments)?;
            }
            self.progress = Progress::Usable;
            events.push_back(StreamEvent::ToolCall(self.tool_calls.assign(fragment)?));
        }
        if !said.extras.is_empty() {
            self.guard.admit_extras(&said.extras)?;
            extras::merge(&mut self.extras, said.extras);
            self.extras_due = true;
        }
        Ok(())
    }

    fn text(&mut self, text: String, events: &mut VecDeque<StreamEvent>) -> Result<()> {
        if !text.is_empty() {
            self.guard.admit(Channel::Text, &text)?;
            self.progress = Progress::Usable;
            events.push_back(StreamEvent::Text(text));
        }
        Ok(())
    }

    /// Says where the answer comes from, once it is known and whenever it changes.
    fn note_origin(&mut self, chunk: &Envelope<'_>, events: &mut VecDeque<StreamEvent>) {
        let known = &mut self.meta;
        let mut news = false;
        if let Some(id) = chunk.id.as_deref().filter(|id| known.id.as_deref() != Some(*id)) {
            known.id = Some(id.to_owned());
            news = true;
        }
        let old = known.model.as_ref().map(ModelId::as_str);
        if let Some(model) = chunk.model.as_deref().filter(|model| old != Some(*model)) {
            known.model = Some(model.into());
            news = true;
        }
        let old = known.upstream.as_deref();
        if let Some(upstream) = chunk.provider.as_deref().filter(|name| old != Some(*name)) {
            known.upstream = Some(upstream.to_owned());
            news = true;
        }
        if news {
            events.push_back(StreamEvent::Start(known.clone()));
        }
    }

    fn flush_extras(&mut self, events: &mut VecDeque<StreamEvent>) {
        if std::mem::take(&mut self.extras_due) {
            events.push_back(StreamEvent::Extras(self.extras.clone()));
        }
    }

    /// A chunk that ends in the middle is the last one of a stream that was cut.
    fn unreadable(&self, error: Error) -> Error {
        match error.kind() {
            ErrorKind::TruncatedResponse => self.cut(),
            _ => error,
        }
    }
}
