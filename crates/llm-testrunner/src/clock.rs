//! The wall clock, handed in, and what it says as text.

use std::{fmt, sync::Arc};

use llm_core::Timestamp;

/// Tells the time. Whoever makes the runner hands it in.
#[derive(Clone)]
pub(crate) struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    pub(crate) fn new(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Clock")
    }
}

/// A run's name: sorts by time, and tells runs of the same millisecond apart by their seed.
pub(crate) fn run_id(started: Timestamp, seed: u64) -> String {
    let instant = instant(started);
    let millis = started.since_unix().subsec_millis();
    format!("{}-{millis:03}-{:04x}", instant.strftime("%Y%m%d-%H%M%S"), seed & 0xffff)
}

/// A moment as text, such as `2026-01-01T12:00:00Z`.
pub fn rfc3339(moment: Timestamp) -> String {
    instant(moment).strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A moment beyond what a calendar holds is shown as the epoch.
fn instant(moment: Timestamp) -> jiff::Timestamp {
    i64::try_from(moment.since_unix().as_millis())
        .ok()
        .and_then(|millis| jiff::Timestamp::from_millisecond(millis).ok())
        .unwrap_or(jiff::Timestamp::UNIX_EPOCH)
}
