//! What a user of the provider notices, against a Quill on this machine.
#![cfg(test)]

mod chain;
mod conformance;
mod server;
