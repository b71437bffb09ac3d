//! An answer's lines, from JSON to events.

use std::{borrow::Cow, collections::VecDeque};

use llm_core::{
    Error, ErrorKind, Execution, FinishReason, Part, Result, StreamEvent, ToolCallDelta,
};
use llm_http::{AnswerReader, Clock, Transcript, Word, error_inside};

use super::{
    message::{Call, Line, Said, image},
    response::Native,
};

/// The most tool calls of one answer.
const CALLS: u32 = 1_000;

/// Turns the lines of one answer into events, one line at a time.
///
/// An error in a line comes before what else it holds. The line that is `done` ends the answer;
/// one that does not say why is that of an answer whose connection was lost.
#[derive(Debug)]
pub struct LineReader {
    clock: Clock,
    transcript: Transcript,
    calls: u32,
    answered: bool,
}

impl LineReader {
    /// A reader of a new stream.
    pub(super) fn new(clock: Clock) -> Self {
        Self { clock, transcript: Transcript::default(), calls: 0, answered: false }
    }

    /// Whether a line held a message, empty or not.
    pub(super) fn has_answer(&self) -> bool {
        self.answered
    }

    fn say(&mut self, said: Said<'_>, events: &mut VecDeque<StreamEvent>) -> Result<()> {
        if let Some(text) = said.thinking.into_string() {
            self.transcript.reasoning(text, events)?;
        }
        if let Some(text) = said.content.into_string() {
            self.transcript.text(text, events)?;
        }
        for data in said.images.into_iter().flatten().filter_map(Word::into_string) {
            self.transcript.part(Part::Image(image(data)), events)?;
        }
        for call in said.tool_calls.into_iter().flatten() {
            let delta = self.number(call)?;
            self.transcript.tool_call(delta, events)?;
        }
        Ok(())
    }

    /// Gives a tool call its place, and an id where the server gave none.
    fn number(&mut self, call: Call<'_>) -> Result<ToolCallDelta> {
        let index = self.calls;
        if index >= CALLS {
            let message = format!("the answer holds more than {CALLS} tool calls");
            return Err(Error::new(ErrorKind::ResponseTooLarge, message)
                .with_execution(Execution::Executed));
        }
        self.calls += 1;
        let function = call.function.unwrap_or_default();
        let arguments = function.arguments();
        let id = call.id.into_text().unwrap_or_else(|| Cow::Owned(format!("call_{index}")));
        let (id, name) = (Some(id.into_owned()), function.name.into_string());
        Ok(ToolCallDelta { index, id, name, arguments })
    }

    fn finish(&mut self, line: &Line<'_>, events: &mut VecDeque<StreamEvent>) -> Result<()> {
        let Some(native) = line.done_reason.as_deref() else {
            let message = "the server ended the answer without saying why";
            return Err(Error::new(ErrorKind::StreamCut, message));
        };
        let reason = match native {
            // The wire has no word of its own for it.
            "stop" if self.calls > 0 => FinishReason::ToolCalls,
            "stop" => FinishReason::Stop,
            "length" => FinishReason::Length,
            other => FinishReason::Other(other.to_owned()),
        };
        self.transcript.loaded(line.load_time(), events);
        self.transcript.finish(reason, Some(native.to_owned()), events);
        events.extend(line.usage().map(StreamEvent::Usage));
        Ok(())
    }
}

impl AnswerReader for LineReader {
    fn read(&mut self, data: &str, events: &mut VecDeque<StreamEvent>) -> Result<()> {
        let mut line: Line<'_> = self.transcript.parse(data)?;
        self.transcript.origin(None, line.model.as_deref(), None, events);
        let said = line.message.take();
        self.answered |= said.is_some();
        if said.as_ref().is_some_and(|said| !said.is_empty()) {
            self.transcript.begin();
        }
        let begun = self.transcript.has_begun();
        if let Some(error) = error_inside(&Native, line.error, begun, self.clock) {
            return Err(error);
        }
        if let Some(said) = said {
            self.say(said, events)?;
        }
        if line.is_done() { self.finish(&line, events) } else { Ok(()) }
    }

    fn is_done(&self) -> bool {
        self.transcript.is_finished()
    }

    fn end(&mut self, _: &mut VecDeque<StreamEvent>) -> Result<()> {
        self.transcript.close()
    }

    fn transcript(&self) -> &Transcript {
        &self.transcript
    }
}
