//! Providers without an upstream, for tests of whatever calls providers.
//!
//! Every delay is `tokio::time`, so a test under paused time waits for nothing.

mod call_log;
mod echo;
mod fail;
mod never;
mod reply;
mod scripted;
mod slow;
mod step;

pub use call_log::{Call, CallEnd};
pub use echo::EchoProvider;
pub use fail::FailProvider;
pub use never::NeverProvider;
pub use scripted::ScriptedProvider;
pub use slow::SlowProvider;
pub use step::Step;
