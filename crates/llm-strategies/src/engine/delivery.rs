//! Hands an answer's content to the caller of a stream, from the commit point on.

use std::time::Duration;

use llm_core::{ChatResponse, StreamEvent};
use tokio::{sync::mpsc, time::Instant};

use super::{clock::later, settings::Commit};

/// The way from an attempt to the caller of a stream. For a caller who wants one whole answer it
/// leads nowhere, and nothing is ever committed.
#[derive(Debug)]
pub(crate) struct Delivery {
    caller: Option<mpsc::Sender<StreamEvent>>,
    commit: Commit,
    held: Vec<StreamEvent>,
    pieces: u32,
    first_content: Option<Instant>,
    committed_at: Option<Instant>,
}

impl Delivery {
    /// Delivers to nobody.
    pub(crate) const fn nowhere() -> Self {
        Self::to(None, Commit::Complete)
    }

    /// Delivers to `caller` from the point `commit` on.
    pub(crate) const fn to(caller: Option<mpsc::Sender<StreamEvent>>, commit: Commit) -> Self {
        Self {
            caller,
            commit,
            held: Vec::new(),
            pieces: 0,
            first_content: None,
            committed_at: None,
        }
    }

    /// Whether the caller wants a stream.
    pub(crate) const fn is_streamed(&self) -> bool {
        self.caller.is_some()
    }

    /// Whether content has reached the caller, so that no other model may speak any more.
    pub(crate) const fn is_committed(&self) -> bool {
        self.committed_at.is_some()
    }

    /// When the first content reached the caller.
    pub(crate) const fn committed_at(&self) -> Option<Instant> {
        self.committed_at
    }

    /// When the held content must be handed over although no more of it has come.
    pub(crate) fn commit_due(&self) -> Option<Instant> {
        match self.commit {
            Commit::Window { time, .. } if !self.is_committed() => {
                self.first_content.map(|first| later(first, time))
            }
            _ => None,
        }
    }

    /// Forgets what an attempt that failed before the commit point has sent.
    pub(crate) fn start_over(&mut self) {
        self.held.clear();
        self.pieces = 0;
        self.first_content = None;
    }

    /// Takes an event of the attempt in flight.
    pub(crate) async fn offer(&mut self, event: &StreamEvent) {
        if self.caller.is_none() || self.commit == Commit::Complete {
            return;
        }
        if self.is_committed() {
            return self.send(event.clone()).await;
        }
        if *event == StreamEvent::KeepAlive {
            return;
        }
        self.held.push(event.clone());
        if event.is_content() {
            self.pieces += 1;
            let first = *self.first_content.get_or_insert_with(Instant::now);
            let due = match self.commit {
                Commit::FirstToken => true,
                Commit::Window { tokens, time } => self.pieces >= tokens || first.elapsed() >= time,
                Commit::Complete => false,
            };
            if due {
                self.commit().await;
            }
        }
    }

    /// Hands over what is held; from here on everything passes at once.
    pub(crate) async fn commit(&mut self) {
        self.committed_at = Some(Instant::now());
        for event in std::mem::take(&mut self.held) {
            self.send(event).await;
        }
    }

    /// Hands over a whole answer, unless its content has been handed over already.
    pub(crate) async fn finish(&mut self, response: &ChatResponse) {
        if self.caller.is_none() || self.is_committed() {
            return;
        }
        self.start_over();
        self.committed_at = Some(Instant::now());
        for event in response.clone().into_events() {
            self.send(event).await;
        }
    }

    /// A caller who has gone is noticed where the whole request is dropped, not here.
    async fn send(&self, event: StreamEvent) {
        if let Some(caller) = &self.caller {
            let _gone = caller.send(event).await;
        }
    }
}

/// The time from `start` until the caller of a stream saw the first content.
pub(crate) fn time_to_first_token(delivery: &Delivery, start: Instant) -> Option<Duration> {
    delivery.committed_at().map(|committed| committed.duration_since(start))
}
