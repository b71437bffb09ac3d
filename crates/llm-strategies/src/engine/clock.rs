//! The engine's time: monotonic, but counted from the Unix epoch so that it can be kept.

use std::time::Duration;

use llm_core::Timestamp;
use tokio::time::Instant;

/// Later than anybody waits: a hundred years.
const FAR: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

/// Reads tokio's clock, which tests can pause, and adds it to a wall-clock time read once.
///
/// A wall clock that jumps later changes nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    origin: Instant,
    at_origin: Timestamp,
}

impl Clock {
    /// A clock that shows `now` now.
    pub(crate) fn new(now: Timestamp) -> Self {
        Self { origin: Instant::now(), at_origin: now }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.at_origin.plus(self.origin.elapsed())
    }
}

/// The moment this long after `moment`; a far one where no clock shows it.
pub(crate) fn later(moment: Instant, duration: Duration) -> Instant {
    moment.checked_add(duration).unwrap_or(moment + FAR)
}
