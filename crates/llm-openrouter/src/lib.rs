#![doc = include_str!("../README.md")]

mod config;
mod error;
mod provider;
mod wire;

pub use config::{Attribution, MaxPrice, OpenRouterConfig, ProviderPreferences};
pub use provider::OpenRouter;
pub use wire::key::KeyInfo;
