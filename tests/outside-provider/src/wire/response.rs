//! Quill's wire format, and a whole answer from it.

use std::collections::VecDeque;

use llm_core::{ChatResponse, Error, ResponseBuilder, Result};
use llm_http::{AnswerReader, Clock, Codec, Failure, Framing, Report, json_text};

use super::{line::Line, stream::LineReader};
use crate::error::classify;

/// Quill's wire format.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lines;

impl Codec for Lines {
    type Reader = LineReader;

    const FRAMING: Framing = Framing::Lines;

    /// A whole answer is a stream of one line.
    fn decode_answer(&self, body: &[u8], clock: Clock) -> Result<ChatResponse> {
        let mut reader = LineReader::new(clock);
        let mut events = VecDeque::new();
        reader.push(&json_text(body), &mut events)?;
        reader.end(&mut events)?;
        let mut builder = ResponseBuilder::default();
        events.into_iter().for_each(|event| builder.push(event));
        builder.finish()
    }

    fn reader(&self, clock: Clock) -> LineReader {
        LineReader::new(clock)
    }

    /// A body that is an error is a line with a fault in it; a gateway before Quill has other words.
    fn find_report<'a>(&self, body: &'a str) -> Option<Report<'a>> {
        let line = serde_json::from_str::<Line<'a>>(body).ok();
        line.and_then(|mut line| line.report()).or_else(|| Report::find(body))
    }

    fn classify(&self, failure: &Failure<'_>) -> Error {
        classify(failure)
    }
}
