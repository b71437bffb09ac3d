#![doc = include_str!("../README.md")]

mod call;
mod client;
mod endpoint;
mod events;
pub mod openai;
mod resolver;
mod response;
mod retry_hint;
mod settings;
mod sniff;
mod sse;
mod status;
mod transport;

pub use call::Call;
pub use client::HttpClient;
pub use endpoint::Endpoint;
pub use resolver::Resolver;
pub use response::HttpResponse;
pub use retry_hint::retry_hint;
pub use settings::ClientSettings;
pub use sse::{SseEvent, SseLimits, SseParser};
pub use status::status_kind;
