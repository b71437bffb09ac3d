//! Quill as an llm-core provider.

mod config;
mod error;
mod kind;
mod provider;
mod wire;

pub use config::QuillConfig;
pub use kind::{KIND, QuillFactory};
pub use provider::Quill;
