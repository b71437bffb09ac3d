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
    book: Arc<Mutex<Book>>,
}

#[derive(Debug, Default)]
struct Book {
    calls: Vec<Call>,
    running: usize,
}

impl Default for CallLog {
    fn default() -> Self {
        Self { born: Instant::now(), book: Arc::default() }
    }
}

impl CallLog {
    pub(super) fn begin(&self, model: &ModelId, request: ChatRequest, streamed: bool) -> CallGuard {
        let started = self.born.elapsed();
        let call =
            Call { model: model.clone(), request, streamed, started, end: None, ended: None };
        let mut book = self.lock();
        book.calls.push(call);
        book.running += 1;
        CallGuard { log: self.clone(), index: book.calls.len() - 1 }
    }

    /// The calls from the `first` on, oldest first.
    pub(super) fn calls_from(&self, first: usize) -> Vec<Call> {
        self.lock().calls.get(first..).unwrap_or_default().to_vec()
    }

    pub(super) fn call(&self, number: usize) -> Option<Call> {
        self.lock().calls.get(number).cloned()
    }

    pub(super) fn running(&self) -> usize {
        self.lock().running
    }

    fn lock(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
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
        let mut book = self.log.lock();
        if let Some(call) = book.calls.get_mut(self.index)
            && call.end.is_none()
        {
            call.end = Some(end);
            call.ended = Some(now);
            book.running -= 1;
        }
    }
}

impl Drop for CallGuard {
    fn drop(&mut self) {
        self.end(CallEnd::Dropped);
    }
}
