//! The world that every policy meets: the same requests, the same luck, the same trouble.

use std::time::Duration;

use fastrand::Rng;

use super::{
    records::{Arrival, Endpoint, Pair, Records},
    scenario::{Effect, Scenario, Window},
};
use crate::statistics::mean;

/// Calls of one endpoint within one request that have luck of their own; later ones share the last.
const TRIES: usize = 4;
/// How long a call takes that fails at once.
pub(super) const FAILS_AFTER: Duration = Duration::from_millis(50);

/// One run's world. Whatever a policy does, call number n of an endpoint within a request has the
/// same luck.
#[derive(Clone, Debug)]
pub struct World {
    endpoints: Vec<Endpoint>,
    requests: Vec<Request>,
    windows: Vec<Window>,
    spikes: (f64, f64),
    luck: Vec<Luck>,
    /// Seconds an answer of average length takes from each endpoint, when nothing is wrong.
    expected: Vec<f64>,
}

/// A request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// When it is made, after the beginning of the run.
    pub at: Duration,
    /// Tokens of its answer.
    pub tokens: u32,
}

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is answered.
    Answered {
        /// When the first token comes, after the call.
        first_token: Duration,
        /// When the answer is whole.
        total: Duration,
    },
    /// It fails.
    Failed {
        /// How long after the call.
        after: Duration,
        /// How.
        fault: Fault,
    },
}

/// How a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// With status 429.
    RateLimited,
    /// With status 500.
    Server,
    /// With status 503.
    Overloaded,
}

/// Random numbers from 0 to 1.
#[derive(Clone, Copy, Debug)]
struct Luck {
    pair: f64,
    failure: f64,
    fault: f64,
    spike: f64,
}

/// How an endpoint is doing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct State {
    /// How many times as long everything takes.
    pub slower: f64,
    /// The share of calls that fail.
    pub failing: f64,
}

impl World {
    /// A run of `n_requests` requests, one a second on average. There must be as many arrivals.
    pub fn new(records: &Records, scenario: Scenario, seed: u64, n_requests: usize) -> Self {
        let mut random = Rng::with_seed(seed);
        let (mut drift, mut fault) = (random.fork(), random.fork());
        let requests = requests(&records.arrivals, n_requests, &mut random);
        let n_luck = requests.len() * records.endpoints.len() * TRIES;
        let mut number = || random.f64();
        let luck = (0..n_luck)
            .map(|_| Luck { pair: number(), failure: number(), fault: number(), spike: number() })
            .collect();
        let tokens = mean(records.arrivals.iter().map(|arrival| f64::from(arrival.tokens)));
        let expected: Vec<f64> = records
            .endpoints
            .iter()
            .map(|endpoint| mean(endpoint.pairs.iter().map(|pair| seconds(*pair, tokens))))
            .collect();
        let run = Duration::from_secs(requests.len().try_into().unwrap_or(u64::MAX));
        let windows = scenario.windows(&in_order(&expected), run, &mut drift, &mut fault);
        let endpoints = records.endpoints.clone();
        Self { endpoints, requests, windows, spikes: scenario.spikes(), luck, expected }
    }

    /// The requests, in order of time.
    pub fn requests(&self) -> &[Request] {
        &self.requests
    }

    /// The endpoints, in chain order.
    pub fn endpoints(&self) -> &[Endpoint] {
        &self.endpoints
    }

    /// What is wrong when.
    pub fn windows(&self) -> &[Window] {
        &self.windows
    }

    /// Seconds an answer of average length takes from each endpoint, when nothing is wrong.
    pub fn expected(&self) -> &[f64] {
        &self.expected
    }

    /// The endpoint that is fastest when nothing is wrong.
    pub fn best(&self) -> usize {
        in_order(&self.expected).first().copied().unwrap_or_default()
    }

    /// How an endpoint is doing at a moment.
    pub fn state(&self, endpoint: usize, at: Duration) -> State {
        let mut state = State { slower: 1.0, failing: 0.0 };
        let now = |window: &&Window| {
            window.endpoint == endpoint && (window.from..window.until).contains(&at)
        };
        for window in self.windows.iter().filter(now) {
            match window.effect {
                Effect::Slower(factor) => state.slower *= factor,
                Effect::Failing(share) => state.failing = f64::max(state.failing, share),
            }
        }
        state
    }

    /// What becomes of call number `call`, from 0, of an endpoint within a request, when it is
    /// made at `at`.
    pub fn fate(&self, request: usize, endpoint: usize, call: usize, at: Duration) -> Fate {
        let place = (request * self.endpoints.len() + endpoint) * TRIES + call.min(TRIES - 1);
        let state = self.state(endpoint, at);
        let (Some(luck), Some(request)) = (self.luck.get(place), self.requests.get(request)) else {
            return Fate::Failed { after: FAILS_AFTER, fault: Fault::Server };
        };
        let pairs = self.endpoints.get(endpoint).map_or(&[][..], |endpoint| &endpoint.pairs);
        let pair = pick(pairs, luck.pair).filter(|_| luck.failure >= state.failing);
        let Some(pair) = pair else {
            let faults = [Fault::RateLimited, Fault::Server, Fault::Overloaded];
            let fault = pick(&faults, luck.fault).unwrap_or(Fault::Server);
            return Fate::Failed { after: FAILS_AFTER, fault };
        };
        let (share, factor) = self.spikes;
        let slower = if luck.spike < share { state.slower * factor } else { state.slower };
        Fate::Answered {
            first_token: milliseconds(pair.first_token * slower),
            total: milliseconds(seconds(pair, f64::from(request.tokens)) * slower),
        }
    }

    /// The endpoints in the order in which somebody asks them who knows how each is doing.
    pub fn oracle(&self, at: Duration) -> Vec<usize> {
        let states: Vec<(f64, f64)> = self
            .expected
            .iter()
            .enumerate()
            .map(|(endpoint, seconds)| {
                let State { slower, failing } = self.state(endpoint, at);
                (seconds * slower, failing)
            })
            .collect();
        let sound = states.iter().filter(|(_, failing)| *failing <= 0.0);
        let fallback = sound.map(|(seconds, _)| *seconds).fold(f64::INFINITY, f64::min);
        let costs: Vec<f64> = states
            .iter()
            .map(|(seconds, failing)| {
                let failed = FAILS_AFTER.as_secs_f64() + fallback.min(1e6);
                (1.0 - failing) * seconds + failing * failed
            })
            .collect();
        in_order(&costs)
    }
}

/// As many arrivals in a row as wanted, with their gaps stretched to one a second on average.
fn requests(arrivals: &[Arrival], n_requests: usize, random: &mut Rng) -> Vec<Request> {
    let first = random.usize(..=arrivals.len().saturating_sub(n_requests));
    let chosen = arrivals.get(first..).unwrap_or_default();
    let chosen = chosen.get(..n_requests).unwrap_or(chosen);
    let (Some(begin), Some(end)) = (chosen.first(), chosen.last()) else { return Vec::new() };
    let gaps = u32::try_from(chosen.len() - 1).unwrap_or(u32::MAX);
    let stretch = f64::from(gaps) / (end.at - begin.at).max(f64::MIN_POSITIVE);
    let request = |arrival: &Arrival| Request {
        at: milliseconds((arrival.at - begin.at) * stretch),
        tokens: arrival.tokens,
    };
    chosen.iter().map(request).collect()
}

fn seconds(pair: Pair, tokens: f64) -> f64 {
    pair.first_token + pair.per_token * tokens
}

/// Rounded as timers are, so that nobody's clock is finer than another's.
fn milliseconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64((seconds * 1e3).round() / 1e3).unwrap_or(Duration::MAX)
}

fn pick<T: Copy>(from: &[T], luck: f64) -> Option<T> {
    from.iter().copied().nth(scaled(luck, from.len()))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a number from 0 to 1 times the length of a list is a place in the list"
)]
fn scaled(luck: f64, length: usize) -> usize {
    ((luck * length as f64) as usize).min(length.saturating_sub(1))
}

fn in_order(costs: &[f64]) -> Vec<usize> {
    let mut order: Vec<_> = costs.iter().copied().enumerate().collect();
    order.sort_by(|left, right| left.1.total_cmp(&right.1));
    order.into_iter().map(|(place, _)| place).collect()
}
