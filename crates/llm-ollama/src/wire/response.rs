//! Ollama's wire format, and a whole answer from it.

use std::collections::VecDeque;

use llm_core::{ChatResponse, Error, ErrorKind, ResponseBuilder, Result, StreamEvent};
use llm_http::{AnswerReader, Clock, Codec, Failure, Framing, json_text, parse_json};
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::stream::LineReader;
use crate::error::classify;

/// Ollama's own wire format.
#[derive(Clone, Copy, Debug)]
pub struct Native;

impl Codec for Native {
    type Reader = LineReader;

    const FRAMING: Framing = Framing::Lines;

    /// A whole answer is a stream of one line; a body of more lines is read as well.
    fn decode_answer(&self, body: &[u8], clock: Clock) -> Result<ChatResponse> {
        let text = json_text(body);
        // One JSON text may be written over several lines.
        let one = serde_json::from_str::<&RawValue>(&text).ok().map(RawValue::get);
        let lines = match one {
            Some(one) => vec![one],
            None => text.lines().collect(),
        };
        let mut reader = LineReader::new(clock);
        let mut events = VecDeque::new();
        for line in lines {
            match reader.push(line, &mut events) {
                Ok(()) if reader.is_done() => return whole(&mut reader, events),
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::StreamCut => break,
                Err(error) => return Err(error),
            }
        }
        Err(if reader.has_answer() { unfinished(&reader) } else { without_answer(&text) })
    }

    fn reader(&self, clock: Clock) -> LineReader {
        LineReader::new(clock)
    }

    fn classify(&self, failure: &Failure<'_>) -> Error {
        classify(failure)
    }
}

fn whole(reader: &mut LineReader, mut events: VecDeque<StreamEvent>) -> Result<ChatResponse> {
    reader.end(&mut events)?;
    let mut builder = ResponseBuilder::default();
    for event in events {
        builder.push(event);
    }
    builder.finish()
}

fn unfinished(reader: &LineReader) -> Error {
    let message = "the answer's body ends before the answer is done";
    reader.transcript().place(Error::new(ErrorKind::TruncatedResponse, message))
}

/// What is wrong with a body that holds no piece of an answer.
fn without_answer(text: &str) -> Error {
    match parse_json::<IgnoredAny>(text) {
        Err(error) => error,
        Ok(IgnoredAny) => Error::new(ErrorKind::EmptyChoices, "the answer holds no message"),
    }
}
