//! What a wire format must say so that its answers can be read from a connection.

use std::{collections::VecDeque, fmt::Debug};

use llm_core::{ChatResponse, Error, Result, StreamEvent};
use serde_json::value::RawValue;

use crate::{
    failure::{Clock, Failure, Headers, in_mid_answer},
    report::Report,
    transcript::Transcript,
};

/// One provider's wire format, as pure functions of bytes. [`Exchange`](crate::Exchange) does the
/// waiting.
pub trait Codec: Clone + Debug + Send + Sync + 'static {
    /// Reads the answers that come as streams.
    type Reader: AnswerReader;

    /// How a stream's pieces are told apart.
    const FRAMING: Framing;

    /// Reads the body of a success as a whole answer.
    ///
    /// An error inside it, and an answer without anything a caller could use, are errors.
    fn decode_answer(&self, body: &[u8], clock: Clock) -> Result<ChatResponse>;

    /// A reader of a new stream.
    fn reader(&self, clock: Clock) -> Self::Reader;

    /// Finds the error of a body that is one. By default where [`Report::find`] does; a wire format
    /// that puts its errors elsewhere says where.
    fn find_report<'a>(&self, body: &'a str) -> Option<Report<'a>> {
        Report::find(body)
    }

    /// Makes an error of what the provider says went wrong. Origin, request id and execution
    /// class are added to it.
    fn classify(&self, failure: &Failure<'_>) -> Error;
}

/// How the pieces of a stream are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// Server-sent events.
    Events,
    /// A JSON text a line.
    Lines,
}

/// Turns the pieces of one stream into events, one piece at a time.
pub trait AnswerReader: Debug + Send + 'static {
    /// Reads a piece that is not blank, before the stream is over.
    fn read(&mut self, data: &str, events: &mut VecDeque<StreamEvent>) -> Result<()>;

    /// Takes the next piece. One that moves nothing on is a sign of life; what comes after the end
    /// is ignored; an error gets what the transcript knows.
    fn push(&mut self, data: &str, events: &mut VecDeque<StreamEvent>) -> Result<()> {
        if self.is_done() {
            return Ok(());
        }
        let (data, before) = (data.trim(), events.len());
        if !data.is_empty() {
            self.read(data, events).map_err(|error| self.transcript().place(error))?;
        }
        if events.len() == before && !self.is_done() {
            events.push_back(StreamEvent::KeepAlive);
        }
        Ok(())
    }

    /// Whether the stream said that it is over.
    fn is_done(&self) -> bool;

    /// Ends the stream: what was held back is added to `events`.
    ///
    /// # Errors
    ///
    /// Those of [`Transcript::close`].
    fn end(&mut self, events: &mut VecDeque<StreamEvent>) -> Result<()>;

    /// What has come of the answer.
    fn transcript(&self) -> &Transcript;
}

/// The error inside an answer, if there is one: [`reported_inside`] of what [`Report::of`] reads.
pub fn error_inside<C: Codec>(
    codec: &C,
    error: Option<&RawValue>,
    begun: bool,
    clock: Clock,
) -> Option<Error> {
    Some(reported_inside(codec, &Report::of(error?)?, begun, clock))
}

/// The error that a report inside an answer stands for. Once content has come, a fault of the
/// provider is one in mid-answer, and the answer was paid for.
pub fn reported_inside<C: Codec>(
    codec: &C,
    report: &Report<'_>,
    begun: bool,
    clock: Clock,
) -> Error {
    let error = error_under_success(codec, report, clock);
    if begun { in_mid_answer(error) } else { error }
}

/// The error that the body of a success reports.
pub fn error_under_success<C: Codec>(codec: &C, report: &Report<'_>, clock: Clock) -> Error {
    let (report, headers) = (Some(report), Headers::default());
    codec.classify(&Failure { status: 200, report, hint: None, headers, now: clock() })
}
