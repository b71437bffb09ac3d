//! The JSON of the Messages API, both ways.

mod block;
pub(crate) mod codec;
mod conversation;
pub(crate) mod models;
pub(crate) mod request;
pub(crate) mod response;
pub(crate) mod stream;
mod usage;
