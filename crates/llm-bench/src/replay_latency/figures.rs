//! What runs come to: the figures that the page and the gates are made of.

use std::{io, sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};

use super::{
    gates::gates,
    records::{Endpoint, Records},
    run::{Policy, Run, run, settings},
    scenario::Scenario,
    world::World,
};
use crate::{
    promise::Promise,
    statistics::{mean, percentile},
};

/// Requests a recovered model's share is taken from.
pub(super) const SHARE_OF: usize = 30;

/// How much is replayed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extent {
    /// Requests of a run.
    pub n_requests: usize,
    /// The seeds on which the gates stand.
    pub seeds: Vec<u64>,
    /// Seeds for information.
    pub hold_out: Vec<u64>,
    /// Seeds of the runs in which a model recovers.
    pub recovery: Vec<u64>,
}

impl Default for Extent {
    fn default() -> Self {
        Self {
            n_requests: 2_500,
            seeds: (0..6).collect(),
            hold_out: (100..106).collect(),
            recovery: (0..12).collect(),
        }
    }
}

/// Everything that was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// How much was replayed.
    pub extent: Extent,
    /// The engine's settings.
    pub settings: Vec<String>,
    /// The endpoints, the fastest first.
    pub endpoints: Vec<Speed>,
    /// The scenarios.
    pub compared: Vec<Comparison>,
    /// The same with the seeds for information.
    pub held_out: Vec<Comparison>,
    /// How each model recovered.
    pub recovery: Vec<Recovery>,
    /// What must hold, and whether it does.
    pub gates: Vec<Promise>,
}

/// How fast an endpoint was recorded to be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Speed {
    /// The endpoint.
    pub name: String,
    /// Answered calls recorded.
    pub n_calls: usize,
    /// Seconds an answer of average length takes.
    pub mean_s: f64,
}

/// One scenario under every policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// The scenario.
    pub scenario: Scenario,
    /// The oracle.
    pub oracle: Figures,
    /// The shortest last response time.
    pub last_time: Figures,
    /// The smallest mean response time.
    pub running_mean: Figures,
    /// The engine.
    pub ours: Figures,
}

/// What one policy came to in one scenario; each figure is the mean over the seeds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// Mean latency over the oracle's.
    pub over_oracle: f64,
    /// Mean latency in seconds.
    pub mean_s: f64,
    /// The 99th percentile of the latency in seconds.
    pub p99_s: f64,
    /// Requests without an answer.
    pub unanswered: f64,
    /// Calls a request.
    pub calls: f64,
    /// Mean latency over the oracle's, seed by seed.
    pub each_over_oracle: Vec<f64>,
}

/// What became of the best model in one run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recovery {
    /// The run's seed.
    pub seed: u64,
    /// Who chose.
    pub policy: Policy,
    /// Seconds from the slow-down until it held less than half of 30 requests.
    pub left_after_s: Option<f64>,
    /// Seconds from its end until it held at least half of 30 requests again.
    pub found_after_s: Option<f64>,
}

impl Report {
    /// Replays everything.
    ///
    /// # Errors
    ///
    /// When the system has no room for a runtime.
    pub fn make(records: &Records, extent: Extent) -> io::Result<Self> {
        let compare = |seeds: &[u64]| -> io::Result<Vec<Comparison>> {
            let compared = Scenario::COMPARED.into_iter();
            compared.map(|scenario| compare(records, scenario, seeds, extent.n_requests)).collect()
        };
        let (compared, held_out) = (compare(&extent.seeds)?, compare(&extent.hold_out)?);
        let mut recovery = Vec::new();
        for policy in [Policy::LastTime, Policy::RunningMean, Policy::Ours] {
            for seed in &extent.recovery {
                recovery.push(recover(records, policy, *seed, extent.n_requests)?);
            }
        }
        let gates = gates(&compared, &recovery);
        let (settings, endpoints) = (settings_in_words(), speeds(records));
        Ok(Self { extent, settings, endpoints, compared, held_out, recovery, gates })
    }
}

fn settings_in_words() -> Vec<String> {
    let settings = settings(0);
    vec![
        format!("`timeout` {} s", settings.timeout.as_secs()),
        format!("`retry_attempts` {}", settings.retry_attempts),
        format!("`wait_inline` {} s", settings.wait_inline.as_secs()),
        format!("`commit` {:?}", settings.commit),
        format!("`when_all_unavailable` {:?}", settings.when_all_unavailable),
        format!("`hedging` {}", settings.hedging),
    ]
}

fn speeds(records: &Records) -> Vec<Speed> {
    let world = World::new(records, Scenario::Stable, 0, 1);
    let in_order = world.oracle(Duration::ZERO).into_iter();
    let speed = in_order.filter_map(|place| {
        let Endpoint { name, pairs } = world.endpoints().get(place)?;
        let mean_s = *world.expected().get(place)?;
        Some(Speed { name: name.clone(), n_calls: pairs.len(), mean_s })
    });
    speed.collect()
}

/// Replays one scenario with every policy.
///
/// # Errors
///
/// When the system has no room for a runtime.
pub fn compare(
    records: &Records,
    scenario: Scenario,
    seeds: &[u64],
    n_requests: usize,
) -> io::Result<Comparison> {
    let worlds: Vec<_> = seeds
        .iter()
        .map(|seed| (*seed, Arc::new(World::new(records, scenario, *seed, n_requests))))
        .collect();
    let runs = |policy| -> io::Result<Vec<Run>> {
        worlds.iter().map(|(seed, world)| run(world, policy, *seed)).collect()
    };
    let oracle = runs(Policy::Oracle)?;
    let figures = |policy| Ok::<_, io::Error>(figures(&runs(policy)?, &oracle));
    Ok(Comparison {
        scenario,
        last_time: figures(Policy::LastTime)?,
        running_mean: figures(Policy::RunningMean)?,
        ours: figures(Policy::Ours)?,
        oracle: self::figures(&oracle, &oracle),
    })
}

fn figures(runs: &[Run], oracle: &[Run]) -> Figures {
    let each_over_oracle: Vec<f64> =
        runs.iter().zip(oracle).map(|(run, oracle)| mean_of(run) / mean_of(oracle)).collect();
    let over_runs = |figure: fn(&Run) -> f64| mean(runs.iter().map(figure));
    Figures {
        over_oracle: mean(each_over_oracle.iter().copied()),
        mean_s: over_runs(mean_of),
        p99_s: over_runs(p99_of),
        unanswered: over_runs(|run| count(run.served.iter().filter(|served| served.by.is_none()))),
        calls: over_runs(|run| count(0..run.n_calls) / count(run.served.iter())),
        each_over_oracle,
    }
}

fn mean_of(run: &Run) -> f64 {
    mean(run.served.iter().map(|served| served.took.as_secs_f64()))
}

fn p99_of(run: &Run) -> f64 {
    let mut times: Vec<Duration> = run.served.iter().map(|served| served.took).collect();
    times.sort();
    percentile(&times, 990).as_secs_f64()
}

fn count(items: impl Iterator) -> f64 {
    items.fold(0.0, |count, _| count + 1.0)
}

fn recover(
    records: &Records,
    policy: Policy,
    seed: u64,
    n_requests: usize,
) -> io::Result<Recovery> {
    let world = Arc::new(World::new(records, Scenario::Recovery, seed, n_requests));
    let run = run(&world, policy, seed)?;
    let (from, until) =
        world.windows().first().map(|window| (window.from, window.until)).unwrap_or_default();
    let best = world.best();
    Ok(Recovery {
        seed,
        policy,
        left_after_s: share_changes(&run, best, from..until, |half| !half),
        found_after_s: share_changes(&run, best, until..Duration::MAX, |half| half),
    })
}

/// Seconds after the beginning of a time until the endpoint first answered half of so many
/// requests in a row made within it, or did not: whatever is `wanted`.
fn share_changes(
    run: &Run,
    endpoint: usize,
    within: std::ops::Range<Duration>,
    wanted: impl Fn(bool) -> bool,
) -> Option<f64> {
    let made: Vec<_> = run.served.iter().filter(|served| within.contains(&served.at)).collect();
    let changed = made.windows(SHARE_OF).find(|some| {
        let own = some.iter().filter(|served| served.by == Some(endpoint)).count();
        wanted(own * 2 >= some.len())
    })?;
    Some(changed.last()?.at.saturating_sub(within.start).as_secs_f64())
}
