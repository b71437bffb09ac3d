//! The OpenAI-compatible dialect, as several providers speak it: requests to JSON, answers and
//! chunks back, errors by kind.

mod answer;
mod chunks;
mod classify;
mod content;
mod dialect;
mod envelope;
mod exchange;
mod extras;
mod guard;
mod message;
mod number;
mod outgoing;
mod report;
mod request;
mod tool_calls;
mod usage;
mod word;

pub use answer::decode_answer;
pub use chunks::ChunkReader;
pub use classify::{classify, failure_error, kind_by_message, kind_of};
pub use dialect::{Clock, Dialect, Failure, ReasoningStyle};
pub use exchange::Exchange;
pub use number::{count, decimal};
pub use report::Report;
pub use request::encode_request;
pub use word::Word;
