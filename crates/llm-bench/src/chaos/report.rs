//! What a run found, as data.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// Everything a run found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// What everything that is drawn comes from.
    pub seed: u64,
    /// Requests of one cell.
    pub requests_per_cell: u32,
    /// Tokens of the prompt of every request.
    pub prompt_tokens: u64,
    /// Tokens of every answer.
    pub answer_tokens: usize,
    /// What was promised, and what was found.
    pub targets: Vec<Target>,
    /// The table.
    pub cells: Vec<Cell>,
    /// How fast an upstream sees that its caller has left.
    pub cancellations: Vec<Cancellation>,
    /// What happens in situations that users know.
    pub situations: Vec<Situation>,
}

/// One cell of the table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// How the primary fails.
    pub fault: String,
    /// How callers ask: for whole answers, for streams, or for both in turn.
    pub callers: String,
    /// Whether part of the answer is with the caller when the fault strikes.
    pub after_commit: bool,
    /// Percent of its calls that the primary fails.
    pub percent: u32,
    /// Healthy models behind the primary.
    pub fallbacks: usize,
    /// Requests.
    pub requests: usize,
    /// Requests that got a whole answer.
    pub answered: usize,
    /// Their share.
    pub success: f64,
    /// Seconds until the answer or the error, in the median.
    pub p50_s: f64,
    /// The same for the slowest hundredth.
    pub p99_s: f64,
    /// Attempts the upstreams saw.
    pub attempts: usize,
    /// Attempts over requests.
    pub amplification: f64,
    /// Tokens that may be on the bill for nothing.
    pub wasted_tokens: u64,
    /// How the primary was asked on.
    pub after_first_failure: OnDead,
}

/// Attempts on the primary that began within a minute after its first failure was seen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnDead {
    /// All of them.
    pub attempts: usize,
    /// Those of requests that were asked before the first one that passed the primary over.
    pub before_rest: usize,
    /// Those of requests that were asked later: the probes, and what a probe that succeeded let in.
    pub later: usize,
    /// The kinds of their errors.
    pub kinds: BTreeSet<String>,
}

impl Report {
    /// Every promise, those of the situations too.
    pub fn promises(&self) -> impl Iterator<Item = &Target> {
        let situations = self.situations.iter().flat_map(|situation| &situation.promises);
        self.targets.iter().chain(situations)
    }
}

/// A promise, and what was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Target {
    /// What is promised.
    pub promise: String,
    /// What was found, where it was worst.
    pub found: String,
    /// Whether the promise was kept.
    pub met: bool,
}

/// How fast upstreams saw that callers of one kind had left.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cancellation {
    /// Who left, and when.
    pub case: String,
    /// How many left.
    pub count: usize,
    /// Milliseconds until the upstream's socket saw it, in the median.
    pub p50_ms: f64,
    /// The same for the slowest hundredth.
    pub p99_ms: f64,
    /// The same for the slowest.
    pub slowest_ms: f64,
}

/// A situation that users know, and its outcome.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Situation {
    /// A letter to name it by.
    pub id: String,
    /// What it is.
    pub title: String,
    /// What was done.
    pub done: String,
    /// What was measured.
    pub figures: Vec<Figure>,
    /// What is promised of it.
    pub promises: Vec<Target>,
    /// Counts by second, where they tell more than totals.
    pub by_second: Vec<Second>,
    /// Whether a user would want it so.
    pub verdict: String,
}

/// One figure of a situation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// What it counts.
    pub what: String,
    /// How much.
    pub value: f64,
    /// Of what: `%`, `s`, `x` for a factor, empty for a count.
    pub unit: String,
}

/// Attempts that began in one second.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Second {
    /// Which one.
    pub second: u64,
    /// Requests that were asked in it.
    pub requests: usize,
    /// Attempts on the primary.
    pub primary: usize,
    /// Attempts on the others.
    pub others: usize,
}
