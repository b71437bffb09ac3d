//! The contract on faults, whole: manager, engine, client, sockets and a simulated upstream.

mod bodies;
mod handshake;
mod house;
mod statuses;
mod streams;
mod throttling;
mod transport;
#[cfg(all(feature = "anthropic", feature = "ollama"))]
mod wires;
