//! A simulated OpenRouter on 127.0.0.1, or OpenAI, Anthropic or Ollama, for tests of whatever speaks
//! HTTP to it.
//!
//! It answers like the real one as far as a client can tell: catalogue, key, chats whole and
//! streamed, errors in the real one's words. What a model does is one thing, how its server writes
//! it another: `wire` is the seam. Each model follows a script and can go
//! wrong in every way a network, an edge or an upstream can. The wire is written by hand here, so
//! that a misunderstanding in a client cannot hide behind the same misunderstanding in its test.

mod behaviour;
mod catalogue;
mod chat;
mod completion;
mod config;
mod connection;
mod dialect;
mod draw;
mod error_replies;
mod http;
mod latency;
mod log;
mod model_script;
mod play;
mod prompt;
mod refusal;
mod render;
mod reply;
mod route;
mod sample_json;
mod schedule;
mod server;
mod state;
mod stream;
mod verdict;
mod whole;
mod wire;
mod words;

pub use behaviour::{AnswerText, JsonMode, ToolMode, Verdict};
pub use config::{ConnectionFault, SimulatorConfig};
pub use dialect::Dialect;
pub use latency::Latency;
pub use log::{CallOutcome, CallUsage, LoggedCall};
pub use model_script::ModelScript;
pub use reply::{Reply, Truncation};
pub use server::Simulator;
pub use words::CalledTool;
