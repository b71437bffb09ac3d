//! A request's answer as it arrives, with its story at the end.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use futures_util::{Stream, future::BoxFuture};
use llm_core::{Outcome, Result, StreamEvent};
use tokio::sync::mpsc;

/// An answer as it arrives. After its last event, [`outcome`](Self::outcome) has the whole answer
/// and how it was got.
///
/// An error is the last item. When content came before it, [`History::partial`] of its history is
/// true.
///
/// Nothing happens between polls: the request runs inside the stream, and dropping the stream
/// drops every call in flight.
///
/// [`History::partial`]: llm_core::History::partial
pub struct AnswerStream {
    request: Option<BoxFuture<'static, Result<Outcome>>>,
    events: mpsc::Receiver<StreamEvent>,
    outcome: Option<Outcome>,
    error: Option<llm_core::Error>,
}

impl AnswerStream {
    pub(crate) fn new(
        request: BoxFuture<'static, Result<Outcome>>,
        events: mpsc::Receiver<StreamEvent>,
    ) -> Self {
        Self { request: Some(request), events, outcome: None, error: None }
    }

    /// The whole answer and how it was got; `None` before the stream has ended, and after an
    /// error.
    pub fn outcome(&self) -> Option<&Outcome> {
        self.outcome.as_ref()
    }

    /// The whole answer and how it was got.
    pub fn into_outcome(self) -> Option<Outcome> {
        self.outcome
    }
}

impl Stream for AnswerStream {
    type Item = Result<StreamEvent>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Poll::Ready(Some(event)) = self.events.poll_recv(context) {
                return Poll::Ready(Some(Ok(event)));
            }
            let Some(request) = &mut self.request else {
                return Poll::Ready(self.error.take().map(Err));
            };
            let Poll::Ready(result) = request.as_mut().poll(context) else {
                // The request may just have sent something.
                return match self.events.poll_recv(context) {
                    Poll::Ready(Some(event)) => Poll::Ready(Some(Ok(event))),
                    Poll::Ready(None) | Poll::Pending => Poll::Pending,
                };
            };
            // What it sent last is still to be read.
            self.request = None;
            match result {
                Ok(outcome) => self.outcome = Some(outcome),
                Err(error) => self.error = Some(error),
            }
        }
    }
}

impl fmt::Debug for AnswerStream {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("AnswerStream")
            .field("running", &self.request.is_some())
            .field("outcome", &self.outcome)
            .finish_non_exhaustive()
    }
}
