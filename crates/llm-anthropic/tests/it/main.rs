//! What a user of the provider notices, against upstreams on this machine.
#![cfg(test)]

mod catalogue;
mod conformance;
mod conversation;
mod errors;
mod recordings;
mod reference;
mod requests;
mod secrets;
mod streams;
mod upstream;
