//! The policies that ours is compared with.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::{sleep, timeout_at};

use super::{upstreams::Upstreams, world::Fate};

/// A failed call goes on to another endpoint, to this many in all.
pub const ENDPOINTS_ASKED: usize = 3;

/// How a policy chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// The shortest last response time; a failure's time counts as any other, an endpoint that
    /// was not measured counts as the fastest, and nobody is asked for the sake of knowing.
    LastTime,
    /// The smallest mean response time; failures do not count, and an endpoint that was not
    /// measured is asked once.
    RunningMean,
    /// The shortest expected time, known from the world itself.
    Oracle,
}

/// A policy that follows a rule.
#[derive(Debug)]
pub struct Ruled {
    rule: Rule,
    known: Mutex<Vec<Known>>,
}

/// What is known of an endpoint.
#[derive(Clone, Copy, Debug, Default)]
struct Known {
    asked: bool,
    last: Option<f64>,
    sum: f64,
    count: f64,
}

impl Ruled {
    /// A policy that knows nothing yet of so many endpoints.
    pub fn new(rule: Rule, n_endpoints: usize) -> Self {
        Self { rule, known: Mutex::new(vec![Known::default(); n_endpoints]) }
    }

    /// Answers a request within a time limit; the endpoint that answered, if one did.
    pub async fn answer(
        &self,
        upstreams: &Upstreams,
        request: usize,
        limit: Duration,
    ) -> Option<usize> {
        let deadline = upstreams.moment(upstreams.elapsed() + limit);
        let mut tried = Vec::new();
        while tried.len() < ENDPOINTS_ASKED {
            let endpoint = self.choose(upstreams, &tried)?;
            tried.push(endpoint);
            let called = upstreams.elapsed();
            let fate = upstreams.call(request, endpoint);
            let (Fate::Answered { total: lasts, .. } | Fate::Failed { after: lasts, .. }) = fate;
            let in_time = timeout_at(deadline, sleep(lasts)).await.is_ok();
            let failed_at_once = matches!(fate, Fate::Failed { .. });
            self.learn(endpoint, upstreams.elapsed().saturating_sub(called), failed_at_once);
            if !in_time {
                return None;
            }
            if !failed_at_once {
                return Some(endpoint);
            }
        }
        None
    }

    fn choose(&self, upstreams: &Upstreams, tried: &[usize]) -> Option<usize> {
        if self.rule == Rule::Oracle {
            let order = upstreams.world().oracle(upstreams.elapsed());
            return order.into_iter().find(|endpoint| !tried.contains(endpoint));
        }
        let mut known = self.known();
        let left = known.iter().enumerate().filter(|(endpoint, _)| !tried.contains(endpoint));
        let (endpoint, _) = left
            .map(|(endpoint, known)| (endpoint, self.cost(known)))
            .min_by(|left, right| left.1.total_cmp(&right.1))?;
        if let Some(known) = known.get_mut(endpoint) {
            known.asked = true;
        }
        Some(endpoint)
    }

    fn cost(&self, known: &Known) -> f64 {
        match self.rule {
            Rule::LastTime => known.last.unwrap_or(0.0),
            _ if known.count > 0.0 => known.sum / known.count,
            _ if known.asked => f64::INFINITY,
            _ => 0.0,
        }
    }

    fn learn(&self, endpoint: usize, took: Duration, failed_at_once: bool) {
        let mut known = self.known();
        let Some(known) = known.get_mut(endpoint) else { return };
        known.last = Some(took.as_secs_f64());
        if failed_at_once {
            known.asked = known.count > 0.0;
        } else {
            known.sum += took.as_secs_f64();
            known.count += 1.0;
        }
    }

    fn known(&self) -> MutexGuard<'_, Vec<Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
