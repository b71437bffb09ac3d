//! The command line of the LLM manager.

mod application;
mod arguments;
mod commands;
mod environment;
mod exit;
mod failure;
mod interrupt;
mod logging;
mod output;
mod sandbox;
mod session;

use std::process::ExitCode;

fn main() -> ExitCode {
    application::run().into()
}
