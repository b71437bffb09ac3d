#![doc = include_str!("../README.md")]

/// The decoding without the client around it: for fuzzing, no part of the API.
#[doc(hidden)]
pub mod decoding {
    pub use crate::wire::{key::decode as key, models::decode as models, request::DIALECT};
}

mod config;
mod error;
mod provider;
mod wire;

pub use config::{Attribution, MaxPrice, OpenRouterConfig, ProviderPreferences};
pub use provider::OpenRouter;
pub use wire::key::KeyInfo;
