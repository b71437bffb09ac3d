//! OpenAI's JSON and headers: what it has beside the dialect it shares with others.

pub(crate) mod limits;
pub(crate) mod models;
pub(crate) mod request;
