//! What has come of an answer: its content becomes events, under limits, and at the end it is
//! known whether the answer is whole.

use std::{collections::VecDeque, time::Duration};

use llm_core::{
    Error, ErrorKind, Execution, Extras, FinishReason, ModelId, Part, ResponseMeta, Result,
    StreamEvent, ToolCallDelta,
};
use serde::Deserialize;

use crate::{
    guard::{Channel, Guard},
    json::parse_json,
};

/// What has come of one streamed answer. An [`AnswerReader`](crate::AnswerReader) reads the wire
/// and tells it here.
///
/// A thousand identical deltas in a row are a runaway stream; an answer of more than 32 MiB, or
/// with more than 4 MiB of tool arguments, is too large.
#[derive(Debug, Default)]
pub struct Transcript {
    meta: ResponseMeta,
    guard: Guard,
    progress: Progress,
    finish: Option<FinishReason>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Progress {
    #[default]
    Nothing,
    /// Something that was generated, such as reasoning.
    Begun,
    /// Something a caller can use.
    Usable,
}

impl Transcript {
    /// Reads a piece of the answer. A piece that ends in the middle is the last one of an answer
    /// that was cut.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::StreamCut`], and those of [`parse_json`].
    pub fn parse<'a, T: Deserialize<'a>>(&self, data: &'a str) -> Result<T> {
        parse_json(data).map_err(|error| match error.kind() {
            ErrorKind::TruncatedResponse => self.cut(),
            _ => error,
        })
    }

    /// Says where the answer comes from, once it is known and whenever it changes.
    pub fn origin(
        &mut self,
        id: Option<&str>,
        model: Option<&str>,
        upstream: Option<&str>,
        events: &mut VecDeque<StreamEvent>,
    ) {
        let known = &mut self.meta;
        let mut news = false;
        if let Some(id) = id.filter(|id| known.id.as_deref() != Some(*id)) {
            known.id = Some(id.to_owned());
            news = true;
        }
        let old = known.model.as_ref().map(ModelId::as_str);
        if let Some(model) = model.filter(|model| old != Some(*model)) {
            known.model = Some(model.into());
            news = true;
        }
        let old = known.upstream.as_deref();
        if let Some(upstream) = upstream.filter(|name| old != Some(*name)) {
            known.upstream = Some(upstream.to_owned());
            news = true;
        }
        if news {
            events.push_back(StreamEvent::Start(known.clone()));
        }
    }

    /// Says how long the model took to come into memory, if that is known.
    pub fn loaded(&mut self, load_time: Option<Duration>, events: &mut VecDeque<StreamEvent>) {
        if load_time.is_some() && load_time != self.meta.load_time {
            self.meta.load_time = load_time;
            events.push_back(StreamEvent::Start(self.meta.clone()));
        }
    }

    /// Notes that something was generated, whether or not a caller sees it.
    pub fn begin(&mut self) {
        self.progress = self.progress.max(Progress::Begun);
    }

    /// More text. Blanks alone are nothing a caller can use.
    pub fn text(&mut self, text: String, events: &mut VecDeque<StreamEvent>) -> Result<()> {
        if !text.is_empty() {
            self.guard.admit(Channel::Text, &text)?;
            let is_blank = text.trim().is_empty();
            let progress = if is_blank { Progress::Begun } else { Progress::Usable };
            self.progress = self.progress.max(progress);
            events.push_back(StreamEvent::Text(text));
        }
        Ok(())
    }

    /// More reasoning.
    pub fn reasoning(&mut self, text: String, events: &mut VecDeque<StreamEvent>) -> Result<()> {
        if !text.is_empty() {
            self.guard.admit(Channel::Reasoning, &text)?;
            self.begin();
            events.push_back(StreamEvent::Reasoning(text));
        }
        Ok(())
    }

    /// More of a refusal.
    pub fn refusal(&mut self, text: String, events: &mut VecDeque<StreamEvent>) -> Result<()> {
        self.guard.admit(Channel::Refusal, &text)?;
        self.progress = Progress::Usable;
        events.push_back(StreamEvent::Refusal(text));
        Ok(())
    }

    /// More of a tool call.
    pub fn tool_call(
        &mut self,
        delta: ToolCallDelta,
        events: &mut VecDeque<StreamEvent>,
    ) -> Result<()> {
        if !delta.arguments.is_empty() {
            self.guard.admit(Channel::Arguments, &delta.arguments)?;
        }
        self.progress = Progress::Usable;
        events.push_back(StreamEvent::ToolCall(delta));
        Ok(())
    }

    /// A whole part that is not text.
    pub fn part(&mut self, part: Part, events: &mut VecDeque<StreamEvent>) -> Result<()> {
        self.guard.admit_part(&part)?;
        self.progress = Progress::Usable;
        events.push_back(StreamEvent::Part(part));
        Ok(())
    }

    /// Counts fields that only the provider knows, which the reader holds back until they are
    /// whole.
    pub fn admit_extras(&mut self, extras: &Extras) -> Result<()> {
        self.guard.admit_extras(extras)
    }

    /// The model stopped; the first reason stands.
    pub fn finish(
        &mut self,
        reason: FinishReason,
        native: Option<String>,
        events: &mut VecDeque<StreamEvent>,
    ) {
        self.finish.get_or_insert_with(|| reason.clone());
        events.push_back(StreamEvent::Finish { reason, native });
    }

    /// Whether something was generated.
    pub fn has_begun(&self) -> bool {
        self.progress >= Progress::Begun
    }

    /// Whether the model said why it stopped.
    pub fn is_finished(&self) -> bool {
        self.finish.is_some()
    }

    /// Ends the answer. The end of the connection alone proves nothing: without a finish reason
    /// the answer was cut, and a finished answer with nothing in it is an error as well.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::StreamCut`] and [`ErrorKind::EmptyContent`].
    pub fn close(&self) -> Result<()> {
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
        let message = if self.has_begun() {
            "the stream ended in mid-answer, without a finish reason"
        } else {
            "the stream ended before the answer began"
        };
        self.place(Error::new(ErrorKind::StreamCut, message))
    }

    /// Adds what is known to an error: the generation's id, and whether tokens were made.
    pub fn place(&self, error: Error) -> Error {
        let error = match &self.meta.id {
            Some(id) => error.with_request_id(id),
            None => error,
        };
        if self.has_begun() && error.execution() < Execution::Executed {
            error.with_execution(Execution::Executed)
        } else {
            error
        }
    }
}

/// Whether a model that stopped for this reason may have said nothing.
pub fn explains_emptiness(reason: Option<&FinishReason>) -> bool {
    matches!(reason, Some(FinishReason::Length | FinishReason::ContentFilter))
}

/// The error of an answer without anything in it.
pub fn empty_content() -> Error {
    Error::new(ErrorKind::EmptyContent, "the answer holds neither text nor a tool call")
}
