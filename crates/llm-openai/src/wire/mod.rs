//! OpenAI's JSON: what it has beside the dialect it shares with others.

pub(crate) mod models;
pub(crate) mod request;
