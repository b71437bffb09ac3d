//! The wall clock, read in this one place: what is learned is dated by it when it is kept.

use std::time::{Duration, SystemTime};

use llm_core::Timestamp;

/// The time now; a clock set before 1970 shows 1970.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
pub(crate) fn now() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    Timestamp::from_unix(since_epoch.unwrap_or(Duration::ZERO))
}
