#![doc = include_str!("../README.md")]

/// The decoding without the client around it: for fuzzing, no part of the API.
#[doc(hidden)]
pub mod decoding {
    pub use crate::wire::{Native, models::listing as models, models::shown};
}

mod config;
mod error;
mod provider;
mod wire;

pub use config::{KeepAlive, OllamaConfig};
pub use provider::Ollama;
