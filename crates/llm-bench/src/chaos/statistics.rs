//! Figures of many requests.

use std::time::Duration;

use super::load::Record;
pub(super) use crate::statistics::percentile;

/// What many requests came to.
#[derive(Clone, Debug)]
pub(super) struct Summary {
    pub(super) requests: usize,
    pub(super) answered: usize,
    /// From the request to its answer or error.
    pub(super) p50: f64,
    pub(super) p99: f64,
    pub(super) slowest: f64,
}

impl Summary {
    pub(super) fn of<'a>(records: impl IntoIterator<Item = &'a Record>) -> Self {
        let records: Vec<&Record> = records.into_iter().collect();
        let mut times: Vec<Duration> = records.iter().map(|record| record.elapsed).collect();
        times.sort();
        let seconds = |thousandths| percentile(&times, thousandths).as_secs_f64();
        Self {
            requests: records.len(),
            answered: records.iter().filter(|record| record.is_served()).count(),
            p50: seconds(500),
            p99: seconds(990),
            slowest: seconds(1_000),
        }
    }

    /// The share of the requests that were answered.
    pub(super) fn success(&self) -> f64 {
        ratio(self.answered, self.requests)
    }
}

/// `part` over `whole`; NaN of nothing.
pub(super) fn ratio(part: usize, whole: usize) -> f64 {
    let number = |count: usize| u32::try_from(count).map_or(f64::INFINITY, f64::from);
    number(part) / number(whole)
}
