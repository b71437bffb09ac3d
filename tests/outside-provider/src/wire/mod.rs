//! Quill's own JSON: requests, lines of answers, the catalogue.

mod line;
pub(crate) mod models;
pub(crate) mod request;
mod response;
mod stream;

pub(crate) use response::Lines;
