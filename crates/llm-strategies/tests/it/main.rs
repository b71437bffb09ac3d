//! How the engine, the strategies and the judge behave, as a caller sees it.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a helper of a test may fail it like the test itself"
)]

mod avoid;
mod best_of_two;
mod breaker;
mod cancellation;
mod contenders;
mod credentials;
mod deadline;
mod errors;
mod exclusion;
mod extremes;
mod fallback;
mod fastest;
mod fault_page;
mod gate;
mod health;
mod hearing;
mod hedging;
mod judge;
mod learning;
mod log;
mod outcomes;
mod retry;
mod simulation;
mod single;
mod soft_failures;
mod stop;
mod stream;
mod support;
mod throttling;
mod wall_clock;
