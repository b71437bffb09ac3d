//! What the crate promises, tested from outside.
#![cfg(test)]

mod body;
mod cancellation;
mod codec;
mod exchange;
mod lines;
mod openai;
mod retry_hint;
mod secrets;
mod server;
mod sse;
mod sse_laws;
mod status;
mod stream;
#[cfg(feature = "rustls")]
mod tls;
mod transport;
