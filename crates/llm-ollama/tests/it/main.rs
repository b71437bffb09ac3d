//! What a user of the provider notices, against upstreams on this machine.
#![cfg(test)]

mod address;
mod catalogue;
mod conformance;
mod conversation;
mod errors;
mod recordings;
mod reference;
mod refusals;
mod requests;
mod secrets;
mod streams;
mod upstream;
