//! What has come of a streamed answer: what passes goes to the caller and into the whole.

use std::sync::Arc;

use llm_core::{ChatResponse, FinishReason, ResponseBuilder, Result, StreamEvent};
use tokio::time::Instant;

use super::{delivery::Delivery, stop::Stop};

/// What has come of a streamed answer.
pub(super) struct Reading<'a> {
    builder: ResponseBuilder,
    stop: Stop,
    pub(super) delivery: &'a mut Delivery,
}

impl<'a> Reading<'a> {
    /// Of an answer whose text ends at one of `stop`.
    pub(super) fn new(stop: &Arc<[String]>, delivery: &'a mut Delivery) -> Self {
        Self { builder: ResponseBuilder::default(), stop: Stop::at(stop), delivery }
    }

    /// Takes in an event; what passes of it goes to the caller.
    pub(super) async fn take(&mut self, event: StreamEvent) {
        for event in self.stop.pass(event).into_iter().flatten() {
            self.put(event).await;
        }
    }

    /// Whether the model has said why it stopped.
    pub(super) fn is_finished(&self) -> bool {
        self.builder.is_finished()
    }

    /// Whether nothing of the answer is still to come. Where its text was ended the model may talk
    /// on, which is read for its usage alone.
    pub(super) fn is_whole(&self) -> bool {
        self.is_finished() || self.stop.has_cut()
    }

    /// Whether the caller has waited long enough for what has come.
    pub(super) fn commit_is_due(&self) -> bool {
        self.delivery.commit_due().is_some_and(|commit| commit <= Instant::now())
    }

    /// The whole answer.
    pub(super) async fn finish(mut self) -> Result<ChatResponse> {
        if self.stop.has_cut() && !self.is_finished() {
            self.put(StreamEvent::Finish { reason: FinishReason::Stop, native: None }).await;
        }
        match self.stop.rest() {
            // Said behind the reason to stop.
            Some(rest) if self.is_finished() => self.put(rest).await,
            Some(rest) if self.delivery.is_committed() => self.put(rest).await,
            _ => {}
        }
        self.builder.finish()
    }

    /// Hands over what was held of an answer that breaks, if its caller has seen what came before.
    pub(super) async fn break_off(mut self) {
        if self.delivery.is_committed()
            && let Some(rest) = self.stop.rest()
        {
            self.put(rest).await;
        }
    }

    async fn put(&mut self, event: StreamEvent) {
        self.delivery.offer(&event).await;
        self.builder.push(event);
    }
}
