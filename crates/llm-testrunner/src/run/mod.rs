//! The run: who is asked what, in which order, and what came back.
//!
//! | file | concern |
//! |---|---|
//! | `runner` | the public face: a runner, its options, its last report |
//! | `execution` | one run: its lanes, its journal, its result |
//! | `schedule` | lanes and jobs: one model's calls in order |
//! | `prompt` | what models are asked |
//! | `preflight` | what is found out before anything is spent |
//! | `lane` | the loop that sends one model's calls |
//! | `call` | one call under every time limit |
//! | `check` | whether an answer is the JSON or the tool call asked for |
//! | `judge` | from what came back to a call's part of the report |
//! | `journal` | what has happened so far, also when the run is stopped |

mod call;
mod check;
mod execution;
mod journal;
mod judge;
mod lane;
mod preflight;
mod prompt;
mod runner;
mod schedule;

pub use runner::LlmTestRunner;

pub(crate) use schedule::{Job, Lane};
