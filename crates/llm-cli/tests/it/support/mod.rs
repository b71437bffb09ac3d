//! What the tests stand on: a home for the program, an upstream, and what a run left behind.

mod home;
mod ran;
mod upstream;

use std::time::Duration;

pub(crate) use home::Home;
pub(crate) use ran::{Ran, lasting, redacted};
pub(crate) use upstream::{Upstream, closed_port, home_at};

/// Only a hang takes this long.
const HANG: Duration = Duration::from_secs(120);
