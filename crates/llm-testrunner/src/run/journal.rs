//! What has happened so far in a run, also when it is stopped.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use super::{
    judge::{self, Sending},
    schedule::Job,
};
use crate::report::{CallReport, Purpose};

/// What has happened so far, a page a lane. Belongs to the run, not to the loops that write it, so
/// that it is whole when they are dropped.
#[derive(Debug)]
pub(super) struct Journal {
    pages: Mutex<Vec<Page>>,
}

#[derive(Clone, Debug, Default)]
struct Page {
    calls: Vec<CallReport>,
    in_flight: Option<InFlight>,
}

#[derive(Clone, Copy, Debug)]
struct InFlight {
    purpose: Purpose,
    streamed: bool,
    sending: Sending,
    sent: Instant,
}

impl Journal {
    pub(super) fn new(n_lanes: usize) -> Self {
        Self { pages: Mutex::new(vec![Page::default(); n_lanes]) }
    }

    pub(super) fn began(&self, lane: usize, job: &Job, sending: Sending, sent: Instant) {
        let call = InFlight { purpose: job.purpose, streamed: job.streamed, sending, sent };
        if let Some(page) = self.lock().get_mut(lane) {
            page.in_flight = Some(call);
        }
    }

    pub(super) fn ended(&self, lane: usize, call: CallReport) {
        if let Some(page) = self.lock().get_mut(lane) {
            page.in_flight = None;
            page.calls.push(call);
        }
    }

    /// The calls of a lane so far, one in flight as cancelled.
    pub(super) fn calls(&self, lane: usize) -> Vec<CallReport> {
        let page = self.lock().get(lane).cloned().unwrap_or_default();
        let dropped = page.in_flight.map(|call| {
            judge::cancelled(call.purpose, call.streamed, call.sending, call.sent.elapsed())
        });
        page.calls.into_iter().chain(dropped).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Page>> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
