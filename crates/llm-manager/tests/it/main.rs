//! The manager and its configuration, as their users see them.
#![cfg(test)]

mod config;
mod honoured;
mod journeys;
mod manager;
mod sockets;
mod state;
mod support;
