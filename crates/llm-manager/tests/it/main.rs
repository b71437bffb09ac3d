//! The manager and its configuration, as their users see them.
#![cfg(test)]

#[cfg(any(feature = "openrouter", feature = "openai", feature = "anthropic", feature = "ollama"))]
mod certificates;
mod config;
#[cfg(any(feature = "openrouter", feature = "openai", feature = "anthropic", feature = "ollama"))]
mod conformance;
#[cfg(feature = "openrouter")]
mod contract;
#[cfg(any(feature = "openrouter", feature = "openai", feature = "anthropic", feature = "ollama"))]
mod dialects;
mod facts;
#[cfg(any(feature = "openrouter", feature = "openai", feature = "anthropic", feature = "ollama"))]
mod fault_rows;
mod honoured;
#[cfg(feature = "openrouter")]
mod journeys;
mod kinds;
mod manager;
#[cfg(feature = "openrouter")]
mod sockets;
mod state;
#[cfg(feature = "openrouter")]
mod stop;
mod support;
mod third_party;
