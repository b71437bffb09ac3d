//! A streamed answer as JSON events.

use futures_util::StreamExt;
use llm_core::StreamEvent;
use llm_manager::AnswerStream;

use crate::{fault::Fault, reply, service::Service};

/// A streamed answer as JSON events, and its reply at the end.
///
/// Dropping it closes every connection it has open.
#[derive(Debug)]
pub struct AnswerEvents {
    service: Service,
    stream: Option<AnswerStream>,
    delivered: String,
}

/// What comes next of a streamed answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// A piece of it.
    Event(String),
    /// Its end: the same reply that a call without a stream has.
    Reply(String),
}

impl AnswerEvents {
    pub(crate) fn new(service: Service, stream: AnswerStream) -> Self {
        Self { service, stream: Some(stream), delivered: String::new() }
    }

    /// What comes next. Nothing after the reply.
    ///
    /// # Errors
    ///
    /// As [`Service::generate`]; nothing follows then.
    ///
    /// # Cancellation
    ///
    /// Dropping the future loses nothing: the next call goes on where it was.
    pub async fn next(&mut self) -> Result<Option<Next>, Fault> {
        let Some(stream) = &mut self.stream else { return Ok(None) };
        let delivered = &mut self.delivered;
        let next = self.service.while_open(next(stream, delivered)).await;
        if !matches!(next, Ok(Next::Event(_))) {
            self.stream = None;
        }
        next.map(Some)
    }
}

async fn next(stream: &mut AnswerStream, delivered: &mut String) -> Result<Next, Fault> {
    while let Some(event) = stream.next().await {
        match event {
            Ok(event) => {
                if let StreamEvent::Text(text) | StreamEvent::Refusal(text) = &event {
                    delivered.push_str(text);
                }
                if let Some(event) = reply::event(&event) {
                    return Ok(Next::Event(event));
                }
            }
            Err(error) => return reply::failed(&error, delivered).map(Next::Reply),
        }
    }
    let outcome = stream.outcome().ok_or_else(|| {
        Fault::new(crate::fault::FaultKind::Internal, "the stream ended without an answer")
    })?;
    reply::answered(outcome).map(Next::Reply)
}
