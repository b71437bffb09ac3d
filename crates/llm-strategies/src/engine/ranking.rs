//! The order of models when speed decides, and who gets a chance to show that it is fast.

use std::time::Duration;

use llm_core::{ModelRef, ModelStatistics, Timestamp};

use super::latency;

/// Requests that may look at a model other than the fastest: this share of all.
const PROBE_SHARE: f64 = 0.02;
/// The share when requests are rare.
const PROBE_SHARE_WHEN_RARE: f64 = 0.03;
/// Requests are rare when they are further apart than this.
const RARE: Duration = Duration::from_secs(10);
/// Probes saved up at most.
const PROBES_SAVED: f64 = 2.0;
/// An estimate is worth a probe when it is this stale, in units of `STALE`, as fast as the best.
const PROBE_THRESHOLD: f64 = 0.25;
/// The unit of staleness, for a model as fast as the best; slower ones wait longer.
const STALE: f64 = 60.0;
/// A surprisingly fast model within this of the best is looked at once more.
const CONFIRM_WITHIN: f64 = 0.5;

/// A model that takes part in a ranking.
#[derive(Debug)]
pub(crate) struct Contender {
    pub(crate) model: ModelRef,
    pub(crate) statistics: ModelStatistics,
    /// Whether a call of it has failed, for any reason.
    pub(crate) explored: bool,
}

impl Contender {
    /// Whether the model was neither measured nor has failed.
    fn is_unknown(&self) -> bool {
        let ModelStatistics { latency, odds, .. } = &self.statistics;
        latency.is_none() && odds.failures <= 0.0 && !self.explored
    }
}

/// Pays for looks at models other than the fastest.
#[derive(Debug)]
pub(crate) struct Ranking {
    /// Probes saved up.
    probes: f64,
    last_request: Timestamp,
    /// The unmeasured model that is being tried, by the number of the request that tries it.
    exploring: Option<u64>,
    /// A model whose surprising speed waits to be confirmed.
    confirm: Option<ModelRef>,
}

impl Ranking {
    /// `saved` is a random number from 0 to 1: with it a process that makes a single request
    /// still probes as often as one that makes thousands.
    pub(crate) fn new(saved: f64) -> Self {
        Self { probes: saved, last_request: Timestamp::default(), exploring: None, confirm: None }
    }

    /// The contenders in the order in which they should be asked, as positions in `contenders`.
    ///
    /// `request` is the number of the request, which frees what it was given with
    /// [`release`](Self::release).
    pub(crate) fn order(
        &mut self,
        contenders: &[Contender],
        request: u64,
        now: Timestamp,
    ) -> Vec<usize> {
        let rare = now.since(self.last_request) > RARE;
        self.last_request = now;
        let share = if rare { PROBE_SHARE_WHEN_RARE } else { PROBE_SHARE };
        self.probes = (self.probes + share).min(PROBES_SAVED);

        let mut order = by_speed(contenders, now);
        if let Some(position) = self.first_look(contenders, &order, request, now) {
            order.retain(|other| *other != position);
            order.insert(0, position);
        }
        order
    }

    /// Takes in that a request is over.
    pub(crate) fn release(&mut self, request: u64) {
        if self.exploring == Some(request) {
            self.exploring = None;
        }
    }

    /// Takes in that a model was surprisingly fast.
    pub(crate) fn surprised_by(&mut self, model: ModelRef) {
        self.confirm = Some(model);
    }

    /// The contender that should be asked before the fastest, if one should.
    fn first_look(
        &mut self,
        contenders: &[Contender],
        order: &[usize],
        request: u64,
        now: Timestamp,
    ) -> Option<usize> {
        let unmeasured = contenders.iter().position(Contender::is_unknown);
        if unmeasured.is_some() && self.exploring.is_none() {
            self.exploring = Some(request);
            return unmeasured;
        }
        let best = order.iter().find_map(|position| {
            let estimate = contenders.get(*position)?.statistics.latency?;
            Some((*position, estimate.log_ratio))
        });
        let (best, best_ratio) = best?;
        if let Some(model) = self.confirm.take() {
            let close = contenders.iter().position(|contender| {
                let estimate = contender.statistics.latency;
                contender.model == model
                    && estimate
                        .is_some_and(|estimate| estimate.log_ratio - best_ratio <= CONFIRM_WITHIN)
            });
            if close.is_some_and(|position| position != best) {
                return close;
            }
        }
        if self.probes < 1.0 {
            return None;
        }
        let worth = |contender: &Contender| {
            let statistics = &contender.statistics;
            let (ratio, updated) = match statistics.latency {
                Some(estimate) => (estimate.log_ratio, estimate.updated),
                None => (best_ratio, statistics.odds.updated),
            };
            now.since(updated).as_secs_f64() / (STALE * (ratio - best_ratio).exp())
        };
        // An unmeasured model has its exploration: one at a time.
        let others = contenders
            .iter()
            .enumerate()
            .filter(|(position, contender)| *position != best && !contender.is_unknown());
        let (position, worth) = others
            .map(|(position, contender)| (position, worth(contender)))
            .max_by(|left, right| left.1.total_cmp(&right.1))?;
        (worth >= PROBE_THRESHOLD).then(|| {
            self.probes -= 1.0;
            position
        })
    }
}

/// The fastest model that was measured, as a position in `contenders`.
pub(crate) fn fastest(contenders: &[Contender], now: Timestamp) -> Option<usize> {
    let first = by_speed(contenders, now).first().copied()?;
    contenders.get(first)?.statistics.latency.map(|_| first)
}

/// Measured models by expected speed, then unknown ones, then those that failed before they were
/// ever measured; each group in configured order where speed does not tell.
fn by_speed(contenders: &[Contender], now: Timestamp) -> Vec<usize> {
    let key = |contender: &Contender| match latency::forecast(&contender.statistics, None, now) {
        Some(forecast) => (0, forecast.score),
        None if contender.is_unknown() => (1, 0.0),
        None => (2, 0.0),
    };
    let mut order: Vec<_> = contenders.iter().map(key).enumerate().collect();
    order.sort_by(|(_, left), (_, right)| left.0.cmp(&right.0).then(left.1.total_cmp(&right.1)));
    order.into_iter().map(|(position, _)| position).collect()
}
