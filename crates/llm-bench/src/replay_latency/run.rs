//! One run: every request of a world, answered by one policy in paused time.

use std::{io, sync::Arc, time::Duration};

use futures_util::future::join_all;
use llm_core::{ModelRef, ModelRole, Timestamp};
use llm_strategies::{CallOptions, Engine, EngineSettings, Single, Target};
use serde::{Deserialize, Serialize};
use tokio::{runtime::Builder, time::sleep_until};

use super::{
    rules::{ENDPOINTS_ASKED, Rule, Ruled},
    upstreams::{Upstreams, request},
    world::World,
};

/// The time limit of a request, whoever chooses.
pub const TIME_OUT: Duration = Duration::from_secs(60);
/// What the wall clock of a run shows at its beginning.
const BEGIN: Timestamp = Timestamp::from_unix(Duration::from_secs(1_700_000_000));

/// Who chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// The oracle, which knows how every endpoint is doing.
    Oracle,
    /// The shortest last response time.
    LastTime,
    /// The smallest mean response time.
    RunningMean,
    /// The engine.
    Ours,
}

/// How a request went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Served {
    /// When it was made, after the beginning of the run.
    pub at: Duration,
    /// How long it took; the time limit when it was not answered.
    pub took: Duration,
    /// The endpoint that answered.
    pub by: Option<usize>,
}

/// A whole run.
#[derive(Clone, Debug)]
pub struct Run {
    /// Every request, in order of time.
    pub served: Vec<Served>,
    /// Calls made for them.
    pub n_calls: usize,
}

/// Lets a policy answer every request of a world. `seed` is for the policy's own choices.
///
/// # Errors
///
/// When the system has no room for a runtime.
pub fn run(world: &Arc<World>, policy: Policy, seed: u64) -> io::Result<Run> {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build()?;
    Ok(runtime.block_on(async {
        let upstreams = Upstreams::new(Arc::clone(world));
        let rule = match policy {
            Policy::Ours => {
                let engine = engine(&upstreams, seed);
                let served = served(&upstreams, |number| ours(&engine, &upstreams, number)).await;
                return Run { served, n_calls: upstreams.n_calls() };
            }
            Policy::Oracle => Rule::Oracle,
            Policy::LastTime => Rule::LastTime,
            Policy::RunningMean => Rule::RunningMean,
        };
        let ruled = Ruled::new(rule, world.endpoints().len());
        let served = served(&upstreams, |number| ruled.answer(&upstreams, number, TIME_OUT)).await;
        Run { served, n_calls: upstreams.n_calls() }
    }))
}

/// The engine's settings: those it is shipped with, but for the replay's time limit and seed.
pub fn settings(seed: u64) -> EngineSettings {
    let mut settings = EngineSettings::default();
    settings.timeout = TIME_OUT;
    settings.seed = seed;
    settings.now = BEGIN;
    settings
}

fn engine(upstreams: &Arc<Upstreams>, seed: u64) -> Engine {
    let targets = upstreams.providers().into_iter().map(|provider| {
        let model = ModelRef::new(provider.id().clone(), "llama-2-70b");
        Target::new(model, provider, Some(ModelRole::Primary))
    });
    Engine::new(settings(seed), targets.collect())
}

/// The engine asks every endpoint before it gives up; an answer that took more of them than the
/// others may ask does not count.
async fn ours(engine: &Engine, upstreams: &Upstreams, number: usize) -> Option<usize> {
    let options = CallOptions::default();
    let outcome = engine.generate(&Single::fastest(), request(number), &options).await.ok()?;
    if upstreams.n_asked(number) > ENDPOINTS_ASKED {
        return None;
    }
    let endpoints = upstreams.world().endpoints();
    endpoints.iter().position(|endpoint| endpoint.name == outcome.provider().as_str())
}

async fn served<F: Future<Output = Option<usize>>>(
    upstreams: &Upstreams,
    answer: impl Fn(usize) -> F,
) -> Vec<Served> {
    let answer = &answer;
    let requests = upstreams.world().requests().iter().enumerate();
    join_all(requests.map(|(number, request)| async move {
        let at = request.at;
        sleep_until(upstreams.moment(at)).await;
        let by = answer(number).await;
        let took = if by.is_some() { upstreams.elapsed().saturating_sub(at) } else { TIME_OUT };
        Served { at, took, by }
    }))
    .await
}
