//! What safety costs: faults, situations and cancellations, on the real stack.
//!
//! Manager, engine and OpenRouter client call simulated upstreams over 127.0.0.1. Everything but
//! the cancellations runs under paused time, in one runtime of one thread, so that an hour of
//! faults takes seconds and the same seed gives the same figures.

mod cancellations;
mod cell;
mod door;
mod fault;
mod house;
mod load;
mod render;
mod report;
mod run;
mod simulate;
pub mod situations;
mod statistics;
mod table;
mod targets;

pub use render::{situations_page, table_page, verdicts};
pub use report::{Cancellation, Cell, Figure, OnDead, Report, Second, Situation, Target};
pub use run::run;
pub use targets::targets;

use simulate::simulate;
