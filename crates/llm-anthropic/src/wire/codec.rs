//! The Messages API as a codec: what reads its answers from a connection.

use llm_core::{ChatResponse, Error, Result};
use llm_http::{Clock, Codec, Failure, Framing};

use super::{response, stream::EventReader};
use crate::error::classify;

/// The wire format of the Messages API.
#[derive(Clone, Copy, Debug)]
pub struct Messages;

impl Codec for Messages {
    type Reader = EventReader;

    const FRAMING: Framing = Framing::Events;

    fn decode_answer(&self, body: &[u8], clock: Clock) -> Result<ChatResponse> {
        response::decode(body, clock)
    }

    fn reader(&self, clock: Clock) -> EventReader {
        EventReader::new(clock)
    }

    fn classify(&self, failure: &Failure<'_>) -> Error {
        classify(failure)
    }
}
