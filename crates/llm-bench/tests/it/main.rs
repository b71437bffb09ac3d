//! The tests of `llm-bench`.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a helper of a test may fail it like the test itself, and says why it skips"
)]

mod chaos;
mod corpus;
mod replay_judge;
mod replay_latency;
