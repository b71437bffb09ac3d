//! What must hold for any bytes, a file a parser. Each `check` panics where it does not; the fuzz
//! targets and the ordinary tests call the same functions.

use std::path::{Path, PathBuf};

pub mod config;
pub mod openrouter_response;
pub mod sse;
pub mod verdict;

/// Every target with its check.
pub const TARGETS: [(&str, fn(&[u8])); 4] = [
    ("sse", sse::check),
    ("openrouter_response", openrouter_response::check),
    ("config", config::check),
    ("verdict", verdict::check),
];

/// Where the inputs of a target are kept.
pub fn corpus(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target)
}
