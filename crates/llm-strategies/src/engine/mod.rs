//! The engine: the only place that retries, waits, lets a model rest, spends a budget or watches a
//! deadline.
//!
//! What it decides is pure, what it does is one loop:
//!
//! | file | concern |
//! |---|---|
//! | `plan` | which models can serve a request, and why the others cannot |
//! | `policy`, `fault_table`, `faults` | the fault table: what each kind of failure means |
//! | `usable`, `reactions` | answers that came and are of no use, and what to do about them |
//! | `decide` | what to do after a failure |
//! | `backoff`, `budget` | how long to pause, and how many retries the traffic has earned |
//! | `health`, `credential` | who rests, and until when |
//! | `latency`, `ranking` | how fast a model is, and who is asked first |
//! | `face` | what a caller of the engine sees |
//! | `request` | one request, from its plan to its story |
//! | `run`, `come_back` | the loop that carries decisions out |
//! | `notes` | what a request has learned on its way |
//! | `attempt` | one call under every time limit |
//! | `reading`, `stop` | what has come of an answer, and where its text ends, whoever gave it |
//! | `hedge`, `hedged` | a second call when the first is slow to begin |
//! | `visit`, `ledger` | the account of every attempt, also a dropped one |
//! | `delivery`, `answer_stream` | what a caller of a stream sees, and from when on |
//! | `fleet`, `member`, `target` | the models, with what is known of each at the moment |
//! | `failure` | the error when nobody answered |
//! | `log` | what the log says |

mod answer_stream;
mod attempt;
mod backoff;
mod budget;
mod clock;
mod come_back;
mod credential;
mod decide;
mod delivery;
mod face;
mod failure;
mod fault_table;
mod faults;
mod fleet;
mod health;
mod hedge;
mod hedged;
mod latency;
mod ledger;
mod log;
mod member;
mod notes;
mod plan;
mod policy;
mod ranking;
mod reactions;
mod reading;
mod request;
mod run;
mod settings;
mod shared;
mod stop;
mod target;
pub(crate) mod usable;
mod visit;

use std::sync::{Mutex, MutexGuard, PoisonError};

pub use answer_stream::AnswerStream;
pub use face::{Engine, Standing};
pub use fault_table::{FaultLine, FaultTable};
pub use faults::{Fault, FaultEnd, faults};
pub use latency::observe;
pub use policy::{Again, HealthClass, Onward, Policy};
pub use reactions::{Reaction, Reactions, SoftFailure};
pub use settings::{CallOptions, Commit, EngineSettings, Observer, WhenAllUnavailable};
pub use target::{RequestDefaults, Target, Timeouts};

/// Locks, also after another thread panicked with the lock: every change under a lock of this
/// crate leaves its data whole.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
