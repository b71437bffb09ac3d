//! The OpenAI-compatible dialect, as several providers speak it: requests to JSON, answers and
//! chunks back, errors by kind.

mod answer;
mod chunks;
mod content;
mod dialect;
mod envelope;
mod extras;
mod message;
mod outgoing;
mod request;
mod tool_calls;
mod usage;

pub use answer::decode_answer;
pub use chunks::ChunkReader;
pub use dialect::{Dialect, ReasoningStyle};
pub use request::encode_request;
