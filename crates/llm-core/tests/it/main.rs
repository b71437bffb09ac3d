//! What callers of llm-core rely on.
#![cfg(test)]

mod capabilities;
mod error;
mod error_kind;
mod fold;
mod history;
mod ids;
#[cfg(feature = "mock")]
mod mock;
mod redact;
mod request;
mod serialized;
mod strategies;
mod usage;
