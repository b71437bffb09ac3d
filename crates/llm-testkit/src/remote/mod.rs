//! A simulator for tests in another language, told what to do in lines of JSON.
//!
//! The program `simulated-upstream` does this over its standard input and output; the README of
//! this crate describes every command.

mod command;
mod model;
mod reply;
mod report;
mod session;

pub use session::serve;
