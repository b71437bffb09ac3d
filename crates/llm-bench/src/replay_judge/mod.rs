//! The judge's policy on recorded verdicts.
//!
//! | file | concern |
//! |---|---|
//! | `record` | the recorded verdicts, read from their files |
//! | `tally` | the verdicts through the judge's own decisions, counted |
//! | `trial` | the gate on pairs drawn at random |
//! | `texts` | what judges wrote through the parser |
//! | `targets` | what the figures have to reach |
//! | `report`, `replay` | all of it together |
//! | `page` | the report as Markdown |
//!
//! Decisions are made by `llm-strategies` alone; here they are fed and counted.

mod page;
mod record;
mod replay;
mod report;
mod tally;
mod targets;
mod texts;
mod trial;

pub use page::page;
pub use record::{Judge, Pair, Recorded, Text, read_decisions, read_texts};
pub use replay::{DECISIONS, TEXTS, replay};
pub use report::{BothOrders, OneOrder, Report, SecondOpinion, Texts};
pub use tally::{both_orders, second_opinion};
pub use targets::targets;
pub use texts::parse_all;
pub use trial::trusted_share;
