#![doc = include_str!("../README.md")]

/// The decoding without the client around it: for fuzzing, no part of the API.
#[doc(hidden)]
pub mod decoding {
    pub use crate::wire::{codec::Messages, models::decode as models};
}

mod config;
mod error;
mod provider;
mod wire;

pub use config::AnthropicConfig;
pub use provider::Anthropic;
