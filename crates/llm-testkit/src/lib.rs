#![doc = include_str!("../README.md")]

pub mod canned;
pub mod conformance;
pub mod fakes;
pub mod remote;
pub mod simulator;
pub mod sockets;

/// What [`canned_answers`] needs where it is used.
#[doc(hidden)]
pub mod __private {
    pub use serde_json::Value;
}
