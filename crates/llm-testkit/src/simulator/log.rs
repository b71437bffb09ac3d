//! What a simulator was asked, and how each call ended.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde_json::Value;
use tokio::{sync::Notify, time::Instant};

/// A chat a simulator was asked for.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct LoggedCall {
    /// The model asked for; empty if the request named none.
    pub model: String,
    /// The path of the request, without what follows a `?`.
    pub path: String,
    /// Whether a stream was asked for.
    pub stream: bool,
    /// Whether the request carried a key.
    pub authorized: bool,
    /// The request's headers in the order sent, names in lower case, without the key.
    pub headers: Vec<(String, String)>,
    /// The request's body; null if it was no JSON.
    pub body: Value,
    /// The request in the shape of OpenAI's chat completions, whatever the dialect; null if it was
    /// refused before it was understood.
    pub understood: Value,
    /// The request's body as it was sent.
    pub bytes: Vec<u8>,
    /// When the request was read, after the simulator started.
    pub started: Duration,
    /// When the call ended.
    pub ended: Option<Duration>,
    /// How it ended; `None` while it runs.
    pub outcome: Option<CallOutcome>,
    /// What the answer used, as the server tells it; `None` for a call that ran into something
    /// else than an answer, or whose answer broke off before that was told.
    pub usage: Option<CallUsage>,
}

/// The tokens an answer used, and what they cost.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct CallUsage {
    /// Tokens of the prompt.
    pub prompt: usize,
    /// Tokens of the answer, with what the reasoning took.
    pub completion: usize,
    /// Tokens of the reasoning.
    pub reasoning: usize,
    /// US dollars; `None` where the model's price is no number or negative.
    pub cost: Option<f64>,
}

impl LoggedCall {
    /// A header of the request.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// Whether the client closed its connection before it had everything.
    pub fn client_left(&self) -> bool {
        matches!(self.outcome, Some(CallOutcome::ClientLeft { .. }))
    }
}

/// How a call ended, seen from the simulator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallOutcome {
    /// The model's answer was sent, whole.
    Answered,
    /// A response that is no answer was sent, whole.
    Failed {
        /// Its status.
        status: u16,
    },
    /// The simulator broke the connection.
    Cut,
    /// The client closed its connection.
    ClientLeft {
        /// So long after the request was read.
        after: Duration,
    },
    /// The simulator was dropped.
    Closed,
}

/// The calls of one simulator, shared with the guards of those that run.
#[derive(Clone, Debug)]
pub(super) struct CallLog {
    born: Instant,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    entries: Mutex<Entries>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct Entries {
    calls: Vec<LoggedCall>,
    requests: Vec<String>,
    connections: usize,
}

impl CallLog {
    pub(super) fn new() -> Self {
        Self { born: Instant::now(), shared: Arc::default() }
    }

    /// Counts a connection and returns how many came before it.
    pub(super) fn connection(&self) -> usize {
        let mut entries = self.lock();
        entries.connections += 1;
        entries.connections - 1
    }

    pub(super) fn request(&self, line: String) {
        self.lock().requests.push(line);
    }

    pub(super) fn begin(&self, call: LoggedCall) -> CallGuard {
        let started = self.born.elapsed();
        let mut entries = self.lock();
        entries.calls.push(LoggedCall { started, ..call });
        let index = entries.calls.len() - 1;
        drop(entries);
        self.shared.changed.notify_waiters();
        CallGuard { log: self.clone(), index, started }
    }

    pub(super) fn uptime(&self) -> Duration {
        self.born.elapsed()
    }

    pub(super) fn calls(&self) -> Vec<LoggedCall> {
        self.lock().calls.clone()
    }

    pub(super) fn requests(&self) -> Vec<String> {
        self.lock().requests.clone()
    }

    pub(super) fn connections(&self) -> usize {
        self.lock().connections
    }

    /// Waits until the calls satisfy `enough`.
    pub(super) async fn wait(&self, enough: impl Fn(&[LoggedCall]) -> bool) -> Vec<LoggedCall> {
        loop {
            let changed = self.shared.changed.notified();
            let calls = self.calls();
            if enough(&calls) {
                return calls;
            }
            changed.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.shared.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Records the end of one call; dropped before that, it records that the simulator was closed.
#[derive(Debug)]
pub(super) struct CallGuard {
    log: CallLog,
    index: usize,
    started: Duration,
}

impl CallGuard {
    /// Records that the client left.
    pub(super) fn client_left(&self) {
        let after = self.log.born.elapsed().saturating_sub(self.started);
        self.end(CallOutcome::ClientLeft { after }, None);
    }

    /// Records the end, and what the client was told the answer used. The first one stands.
    pub(super) fn end(&self, outcome: CallOutcome, usage: Option<CallUsage>) {
        let now = self.log.born.elapsed();
        if let Some(call) = self.log.lock().calls.get_mut(self.index)
            && call.outcome.is_none()
        {
            call.outcome = Some(outcome);
            call.usage = usage;
            call.ended = Some(now);
        }
        self.log.shared.changed.notify_waiters();
    }
}

impl Drop for CallGuard {
    fn drop(&mut self) {
        self.end(CallOutcome::Closed, None);
    }
}
