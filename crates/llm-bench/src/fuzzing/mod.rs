//! What must hold for any bytes, a file a parser. Each `check` panics where it does not; the fuzz
//! targets and the ordinary tests call the same functions.

use std::path::{Path, PathBuf};

pub mod anthropic_response;
pub mod config;
pub mod ollama_response;
pub mod openai_response;
pub mod openrouter_response;
mod response;
pub mod sse;
pub mod verdict;

/// A target's name, and what must hold for any input of it.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: [Target; 7] = [
    ("sse", sse::check),
    ("openrouter_response", openrouter_response::check),
    ("anthropic_response", anthropic_response::check),
    ("ollama_response", ollama_response::check),
    ("openai_response", openai_response::check),
    ("config", config::check),
    ("verdict", verdict::check),
];

/// Where the inputs of a target are kept.
pub fn corpus(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target)
}
