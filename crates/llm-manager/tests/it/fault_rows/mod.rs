//! Every row of `docs/failure-semantics.md`, brought about over sockets and looked at.
//!
//! A row that fails is stated in the words of the page. The same words are made of what is seen:
//! the real client, the real engine, a simulated upstream, a caller who wants one whole answer and
//! one who streams. Then the row's line is taken out of the fault table, and what is seen must be
//! something else. A row that is handled states what its answer is.

mod answers;
mod bodies;
mod contents;
mod everywhere;
#[cfg(feature = "openrouter")]
mod kept;
mod lab;
mod observation;
mod refusals;
mod replies;
mod resting;
mod row;
mod servers;
mod streams;
mod throttling;
mod transport;
mod two;
mod upstreams;
mod waiting;
