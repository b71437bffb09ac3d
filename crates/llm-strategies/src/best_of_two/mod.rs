//! The strategy that asks two models at once and takes the better answer.
//!
//! | file | concern |
//! |---|---|
//! | `strategy` | the order of events |
//! | `choice` | which two are asked, and who judges |
//! | `race` | both calls at once, and how long the slower one is waited for |
//! | `soundness` | what shows without a judge |
//! | `ruling` | which answer is taken, and why |
//! | `tie_break` | who wins when nobody can tell |

mod choice;
mod race;
mod ruling;
mod soundness;
mod strategy;
mod tie_break;

pub use strategy::BestOfTwo;
