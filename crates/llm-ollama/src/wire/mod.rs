//! Ollama's own JSON: requests, lines of answers, the catalogue.

mod check;
mod message;
pub(crate) mod models;
mod outgoing;
pub(crate) mod request;
mod response;
mod stream;

pub use response::Native;
