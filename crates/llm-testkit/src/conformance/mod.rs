//! The conformance suite: what every provider must do, run against an upstream that misbehaves.
//!
//! A [`Fixture`] names the upstream's models by what they do: this one answers, that one hangs. So
//! the suite runs with any provider against any mock; [`simulator_fixture`] is the fixture for
//! whatever speaks to OpenRouter, [`simulator_fixture_of`] for each dialect of the simulator.

mod answers;
mod asking;
mod cancellation;
mod conversation;
mod failures;
mod fields;
mod fixture;
mod formats;
mod report;
mod simulated;
mod suite;
mod table;
mod upstream;

pub use fixture::{Failure, Fixture};
pub use report::{Check, Report};
pub use simulated::{KEY, simulator_fixture, simulator_fixture_of};
pub use suite::run;
pub use table::markdown;
pub use upstream::Upstream;
