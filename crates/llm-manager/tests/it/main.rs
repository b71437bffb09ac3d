//! The manager and its configuration, as their users see them.
#![cfg(test)]

mod config;
mod manager;
mod state;
mod support;
