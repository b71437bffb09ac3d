//! What the manager costs, and what its choices are worth on recorded data.
//!
//! - `cargo bench -p llm-bench`: criterion benches of a call through the engine and of SSE decoding;
//! - `overhead`: the CPU of one call through manager, engine and OpenRouter client over one with
//!   bare reqwest, client and upstream in separate processes;
//! - `allocations`: the heap allocations of both;
//! - `replay-judge`: recorded verdicts through the judge's decisions;
//! - `replay-latency`: recorded latencies through the choice of the fastest model;
//! - `chaos`: what safety costs, when providers fail in every way and at every rate;
//! - `fuzzing`: what must hold for any bytes, for `cargo xtask fuzz` and the tests.
//!
//! `cargo xtask bench` runs the benches and `overhead`, `cargo xtask chaos` runs
//! `chaos`, `cargo xtask replay` the replays.

mod bare;
pub mod chaos;
mod cpu;
pub mod fuzzing;
mod managed;
mod markdown;
pub mod pages;
pub mod promise;
pub mod replay_judge;
pub mod replay_latency;
mod statistics;
mod upstream;

pub use bare::Bare;
pub use cpu::on_cpu;
pub use managed::Managed;
pub use upstream::{Upstream, serve};

use llm_core::{ChatRequest, Message};

/// The model both ways call.
pub const MODEL: &str = "acme/swift-8b";

/// The key both ways send.
pub const KEY: &str = "sk-test-000";

/// The request both ways send: a system prompt and a question.
pub fn request() -> ChatRequest {
    let question = "What does the borrow checker prove about a program, and what does it leave to \
                    the programmer? Answer in two paragraphs, with an example of each.";
    ChatRequest::new([Message::system("You are a careful engineer."), Message::user(question)])
        .with_max_tokens(512)
        .with_temperature(0.2)
}
