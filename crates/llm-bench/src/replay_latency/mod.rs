//! The choice of the fastest model, on recorded latencies.
//!
//! Real pairs of time to first token and time a token are drawn for every call, real arrivals and
//! lengths make the requests, and trouble is added. The engine meets them in paused time, as do
//! the policies it is compared with, with the same luck.

pub mod figures;
pub mod gates;
pub mod page;
pub mod records;
pub mod rules;
pub mod run;
pub mod scenario;
pub mod upstreams;
pub mod world;
