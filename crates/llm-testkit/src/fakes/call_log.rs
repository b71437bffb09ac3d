//! What a fake was asked, and how each call ended.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use llm_core::{ChatRequest, ErrorKind, ModelId};
use tokio::time::Instant;

/// A call a fake received.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Call {
    /// The model asked for.
    pub model: ModelId,
    /// The request.
    pub request: ChatRequest,
    /// Whether a stream was asked for.
    pub streamed: bool,
    /// When it came, after the provider was made.
    pub started: Duration,
    /// How it ended; `None` while it runs.
    pub end: Option<CallEnd>,
    /// When it ended, after the provider was made.
    pub ended: Option<Duration>,
}

impl Call {
    /// Whether the caller left before the end.
    pub fn was_dropped(&self) -> bool {
        self.end == Some(CallEnd::Dropped)
    }

    /// How long it ran, once it ended.
    pub fn elapsed(&self) -> Option<Duration> {
        self.ended.map(|ended| ended.saturating_sub(self.started))
    }
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallEnd {
    /// With a whole answer.
    Answered,
    /// With an error.
    Failed(ErrorKind),
    /// The caller dropped it unfinished.
    Dropped,
}

/// The calls of one fake, shared with the guards of those that run.
#[derive(Clone, Debug)]
pub(super) struct CallLog {
    born: Instant,
    calls: Arc<Mutex<Vec<Call>>>,
}

impl Default for CallLog {
    fn default() -> Self {
        Self { born: Instant::now(), calls: Arc::default() }
    }
}

impl CallLog {
    pub(super) fn begin(&self, model: &ModelId, request: ChatRequest, streamed: bool) -> CallGuard {
        let started = self.born.elapsed();
        let call =
            Call { model: model.clone(), request, streamed, started, end: None, ended: None };
        let mut calls = self.lock();
        calls.push(call);
        CallGuard { log: self.clone(), index: calls.len() - 1 }
    }

    pub(super) fn calls(&self) -> Vec<Call> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Call>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Records the end of one call; dropped before that, it records that the caller left.
#[derive(Debug)]
pub(super) struct CallGuard {
    log: CallLog,
    index: usize,
}

impl CallGuard {
    /// Records the end. The first one stands.
    pub(super) fn end(&self, end: CallEnd) {
        let now = self.log.born.elapsed();
        if let Some(call) = self.log.lock().get_mut(self.index)
            && call.end.is_none()
        {
            call.end = Some(end);
            call.ended = Some(now);
        }
    }
}

impl Drop for CallGuard {
    fn drop(&mut self) {
        self.end(CallEnd::Dropped);
    }
}
