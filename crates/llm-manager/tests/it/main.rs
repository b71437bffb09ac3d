//! The manager and its configuration, as their users see them.
#![cfg(test)]

#[cfg(feature = "openrouter")]
mod certificates;
mod config;
mod conformance;
#[cfg(feature = "openrouter")]
mod contract;
mod dialects;
mod facts;
#[cfg(feature = "openrouter")]
mod fault_rows;
mod honoured;
#[cfg(feature = "openrouter")]
mod journeys;
mod kinds;
mod manager;
mod sockets;
mod state;
mod support;
