//! What goes wrong during a replay, and when.

use std::time::Duration;

use fastrand::Rng;
use serde::{Deserialize, Serialize};

/// How much slower the best model is in the scenarios that slow it alone.
const MUCH_SLOWER: f64 = 5.0;
/// How many of the fastest endpoints drift.
const DRIFTING: usize = 3;
/// How much slower a drifting endpoint is.
const DRIFT: [f64; 2] = [3.0, 5.0];
/// How long it is so, as a share of the run, once in each half.
const DRIFT_LASTS: f64 = 0.08;
/// The share of calls that fail while an endpoint fails.
const FAILING: [f64; 2] = [0.5, 1.0];
/// How long it does so, as a share of the run, once in each half.
const FAULT_LASTS: f64 = 0.06;
/// The share of calls that spike, and by how much.
const SPIKES: (f64, f64) = (0.03, 10.0);

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scenario {
    /// Nothing.
    Stable,
    /// The best model is slow at the beginning.
    StartBad,
    /// The best models are slow for a while and recover.
    Drift,
    /// Every model answers fast with errors for a while.
    Fault,
    /// `Drift` and `Fault` at once.
    Mix,
    /// A few calls of every model take much longer.
    Spike,
    /// The best model is slow for the second quarter.
    Recovery,
}

/// What is wrong with an endpoint for a while.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    /// The endpoint, as a position in the chain.
    pub endpoint: usize,
    /// When it begins, after the beginning of the run.
    pub from: Duration,
    /// When it is over.
    pub until: Duration,
    /// What is wrong.
    pub effect: Effect,
}

/// What is wrong with an endpoint.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Effect {
    /// Everything takes this many times as long.
    Slower(f64),
    /// This share of calls fails at once.
    Failing(f64),
}

impl Scenario {
    /// The scenarios in which policies are compared.
    pub const COMPARED: [Self; 6] =
        [Self::Stable, Self::StartBad, Self::Drift, Self::Fault, Self::Mix, Self::Spike];

    /// As the tables name it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stable => "stable",
            Self::StartBad => "startbad",
            Self::Drift => "drift",
            Self::Fault => "fault",
            Self::Mix => "mix",
            Self::Spike => "spike",
            Self::Recovery => "recovery",
        }
    }

    /// In words, with every figure.
    pub fn description(self) -> String {
        let ([low, high], [least, most]) = (DRIFT, FAILING.map(percent));
        match self {
            Self::Stable => "nothing happens".to_owned(),
            Self::StartBad => format!(
                "the best model is {MUCH_SLOWER} times slower for the first {} % of the run",
                percent(DRIFT_LASTS)
            ),
            Self::Drift => format!(
                "each of the {DRIFTING} fastest models is {low} to {high} times slower for {} % of \
                 the run, once in each half",
                percent(DRIFT_LASTS)
            ),
            Self::Fault => format!(
                "of each of the six models {least} to {most} % of the calls fail at once for {} % \
                 of the run, once in each half",
                percent(FAULT_LASTS)
            ),
            Self::Mix => "the windows of drift and of fault together".to_owned(),
            Self::Spike => {
                let (share, factor) = SPIKES;
                format!(
                    "{} % of the calls of every model take {factor} times as long",
                    percent(share)
                )
            }
            Self::Recovery => {
                format!(
                    "the best model is {MUCH_SLOWER} times slower for the second quarter of the run"
                )
            }
        }
    }

    /// The share of calls that take longer, and how many times as long.
    pub const fn spikes(self) -> (f64, f64) {
        if matches!(self, Self::Spike) { SPIKES } else { (0.0, 1.0) }
    }

    /// What is wrong when, in a run of this length over endpoints in order of their speed. Where
    /// windows lie is up to `drift` and `fault`, each of which serves one kind of effect, so that
    /// `Mix` has the windows of both.
    pub fn windows(
        self,
        by_speed: &[usize],
        run: Duration,
        drift: &mut Rng,
        fault: &mut Rng,
    ) -> Vec<Window> {
        let window = |endpoint, from: f64, lasts: f64, effect| Window {
            endpoint,
            from: run.mul_f64(from),
            until: run.mul_f64(from + lasts),
            effect,
        };
        let much_slower = match self {
            Self::StartBad => Some((0.0, DRIFT_LASTS)),
            Self::Recovery => Some((0.25, 0.25)),
            _ => None,
        };
        let mut windows = Vec::new();
        if let (Some((from, lasts)), Some(best)) = (much_slower, by_speed.first()) {
            windows.push(window(*best, from, lasts, Effect::Slower(MUCH_SLOWER)));
        }
        if matches!(self, Self::Drift | Self::Mix) {
            for endpoint in by_speed.iter().take(DRIFTING) {
                for half in [0.0, 0.5] {
                    let from = half + between([0.0, 0.5 - DRIFT_LASTS], drift);
                    let effect = Effect::Slower(between(DRIFT, drift));
                    windows.push(window(*endpoint, from, DRIFT_LASTS, effect));
                }
            }
        }
        if matches!(self, Self::Fault | Self::Mix) {
            for endpoint in 0..by_speed.len() {
                for half in [0.0, 0.5] {
                    let from = half + between([0.0, 0.5 - FAULT_LASTS], fault);
                    let effect = Effect::Failing(between(FAILING, fault));
                    windows.push(window(endpoint, from, FAULT_LASTS, effect));
                }
            }
        }
        windows
    }
}

fn between([low, high]: [f64; 2], random: &mut Rng) -> f64 {
    low + (high - low) * random.f64()
}

fn percent(share: f64) -> f64 {
    (share * 100.0).round()
}
