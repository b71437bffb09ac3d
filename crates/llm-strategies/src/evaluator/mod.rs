//! Judges of two answers.
//!
//! | file | concern |
//! |---|---|
//! | `llm` | asks the judge |
//! | `prompt` | what it is asked |
//! | `verdict` | which preference its words state |
//! | `hearing` | which orders it is asked in, and what its preferences add up to |
//! | `gate` | whether it is worth asking |

mod gate;
mod hearing;
mod llm;
mod prompt;
mod verdict;

pub use gate::{Better, GateDecision, GoldResults, JudgeGate};
pub use hearing::{Hearing, Order, second_opinion};
pub use llm::LlmEvaluator;
pub use verdict::parse_verdict;
