//! A stream's chunks, from JSON to events.

use std::collections::VecDeque;

use llm_core::{Extras, Part, Result, StreamEvent};

use super::{
    answer::finish_reason,
    content::Content,
    dialect::Dialect,
    envelope::{Choice, Envelope},
    extras,
    message::Said,
    tool_calls::ToolCalls,
};
use crate::{
    codec::{AnswerReader, error_inside, reported_inside},
    failure::Clock,
    report::Report,
    transcript::Transcript,
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
/// use llm_http::{
///     AnswerReader,
///     openai::{ChunkReader, Dialect},
/// };
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
    transcript: Transcript,
    tool_calls: ToolCalls,
    extras: Extras,
    extras_due: bool,
    done: bool,
}

impl ChunkReader {
    /// A reader of a new stream.
    pub fn new(dialect: Dialect, clock: Clock) -> Self {
        Self {
            dialect,
            clock,
            transcript: Transcript::default(),
            tool_calls: ToolCalls::default(),
            extras: Extras::new(),
            extras_due: false,
            done: false,
        }
    }

    fn say(&mut self, said: Said, events: &mut VecDeque<StreamEvent>) -> Result<()> {
        if let Some(text) = said.reasoning {
            self.transcript.reasoning(text, events)?;
        }
        let parts = match said.content {
            Content::Nothing => Vec::new(),
            Content::Text(text) => {
                self.transcript.text(text, events)?;
                Vec::new()
            }
            Content::Parts(parts) => parts,
        };
        for part in parts.into_iter().chain(said.images) {
            match part {
                Part::Text(text) => self.transcript.text(text, events)?,
                part => self.transcript.part(part, events)?,
            }
        }
        if let Some(text) = said.refusal {
            self.transcript.refusal(text, events)?;
        }
        for fragment in said.tool_calls {
            let delta = self.tool_calls.assign(fragment)?;
            self.transcript.tool_call(delta, events)?;
        }
        if !said.extras.is_empty() {
            self.transcript.admit_extras(&said.extras)?;
            extras::merge(&mut self.extras, said.extras);
            self.extras_due = true;
        }
        Ok(())
    }

    fn flush_extras(&mut self, events: &mut VecDeque<StreamEvent>) {
        if std::mem::take(&mut self.extras_due) {
            events.push_back(StreamEvent::Extras(self.extras.clone()));
        }
    }
}

impl AnswerReader for ChunkReader {
    fn read(&mut self, data: &str, events: &mut VecDeque<StreamEvent>) -> Result<()> {
        if data.eq_ignore_ascii_case("[done]") {
            self.done = true;
            return Ok(());
        }
        let mut chunk: Envelope<'_> = self.transcript.parse(data)?;
        if chunk.is_error()
            && let Some(report) = Report::find(data)
        {
            let begun = self.transcript.has_begun();
            return Err(reported_inside(&self.dialect, &report, begun, self.clock));
        }
        let choice = chunk.choice();
        let (id, model) = (chunk.id.as_deref(), chunk.model.as_deref());
        self.transcript.origin(id, model, chunk.provider.as_deref(), events);
        if choice.as_ref().is_some_and(Choice::has_content) {
            self.transcript.begin();
        }
        let begun = self.transcript.has_begun();
        if let Some(error) = error_inside(&self.dialect, chunk.error, begun, self.clock) {
            return Err(error);
        }
        if let Some(choice) = choice {
            if let Some(error) = choice.failure(begun, &self.dialect, self.clock) {
                return Err(error);
            }
            if let Some(said) = choice.delta.or(choice.message) {
                self.say(*said, events)?;
            }
            if let Some(reason) = finish_reason(choice.finish_reason.as_deref()) {
                self.flush_extras(events);
                let native = choice.native_finish_reason.into_string();
                self.transcript.finish(reason, native, events);
            }
        }
        events.extend(chunk.usage().map(StreamEvent::Usage));
        Ok(())
    }

    fn is_done(&self) -> bool {
        self.done
    }

    fn end(&mut self, events: &mut VecDeque<StreamEvent>) -> Result<()> {
        self.flush_extras(events);
        self.transcript.close()
    }

    fn transcript(&self) -> &Transcript {
        &self.transcript
    }
}
