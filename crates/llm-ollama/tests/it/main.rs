//! What a user of the provider notices, against upstreams on this machine.
#![cfg(test)]
