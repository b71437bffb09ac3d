#![doc = include_str!("../README.md")]

mod api;
mod call;
mod classify;
mod client;
mod codec;
mod connection;
mod endpoint;
mod exchange;
mod failure;
mod frame;
mod frames;
mod guard;
mod json;
mod lines;
mod number;
pub mod openai;
mod refused_tool;
mod report;
mod resolver;
mod response;
mod retry_hint;
mod settings;
mod sniff;
mod sse;
mod status;
mod transcript;
mod transport;
mod word;

pub use api::Api;
pub use call::Call;
pub use classify::{classify, kind_by_message, kind_of};
pub use client::HttpClient;
pub use codec::{AnswerReader, Codec, Framing, error_inside, error_under_success, reported_inside};
pub use connection::{Connection, check_key};
pub use endpoint::Endpoint;
pub use exchange::Exchange;
pub use failure::{Clock, Failure, Headers, failure_error};
pub use frame::{Frame, FrameLimits};
pub use json::{json_text, parse_json};
pub use lines::LineParser;
pub use number::{count, decimal};
pub use refused_tool::name_refused_tool;
pub use report::Report;
pub use resolver::Resolver;
pub use response::HttpResponse;
pub use retry_hint::retry_hint;
pub use settings::ClientSettings;
pub use sse::SseParser;
pub use status::status_kind;
pub use transcript::{Transcript, empty_content, explains_emptiness};
pub use word::Word;

/// What [`connection_methods`] needs where it is used.
#[doc(hidden)]
pub mod __private {
    pub use llm_core::ProviderId;
    pub use secrecy::SecretString;
}
