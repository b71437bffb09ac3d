#![doc = include_str!("../README.md")]

/// The decoding without the client around it: for fuzzing, no part of the API.
#[doc(hidden)]
pub mod decoding {
    pub use crate::wire::{
        models::decode as models,
        request::{COMPATIBLE, OPENAI},
    };
}

mod config;
mod error;
mod provider;
mod wire;

pub use config::OpenAiConfig;
pub use provider::OpenAi;
