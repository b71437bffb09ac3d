//! The real binary, run as a person or a script runs it, with nothing of this machine's
//! environment.
#![cfg(test)]

mod addresses;
mod ask;
mod batch;
mod broken;
mod configuration;
mod fallback;
mod first_run;
mod four_providers;
mod interrupt;
mod keeping;
mod logging;
mod models;
mod pipes;
mod sandbox_server;
mod support;
mod test_models;
mod third_party;
mod usage;
