//! What all requests of an engine share.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU64, Ordering},
};

use llm_core::{ModelRef, Observation};

use super::{
    clock::Clock, fleet::Fleet, hedge::HedgeBudget, latency, locked, member::Member,
    ranking::Ranking, settings::EngineSettings,
};

/// What all requests share: models, their state, the clock.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) settings: EngineSettings,
    pub(crate) clock: Clock,
    pub(crate) fleet: Fleet,
    pub(crate) ranking: Mutex<Ranking>,
    pub(crate) hedges: Mutex<HedgeBudget>,
    random: Mutex<fastrand::Rng>,
    requests: AtomicU64,
}

impl Shared {
    pub(crate) fn new(settings: EngineSettings, clock: Clock, fleet: Fleet) -> Self {
        let mut random = fastrand::Rng::with_seed(settings.seed);
        let ranking = Mutex::new(Ranking::new(random.f64()));
        let random = Mutex::new(random);
        let hedges = Mutex::default();
        Self { settings, clock, fleet, ranking, hedges, random, requests: AtomicU64::new(0) }
    }

    /// The member of this name at this moment.
    pub(crate) fn member(&self, model: &ModelRef) -> Option<Arc<Member>> {
        self.fleet.roster().find(model)
    }

    /// A number no other request of this engine has.
    pub(crate) fn next_request(&self) -> u64 {
        self.requests.fetch_add(1, Ordering::Relaxed)
    }

    /// A seed for what a request decides by chance.
    pub(crate) fn next_seed(&self) -> u64 {
        locked(&self.random).u64(..)
    }

    /// A random number from 0 to 1.
    pub(crate) fn random(&self) -> f64 {
        locked(&self.random).f64()
    }

    /// Takes in what was learned about a model, and passes it on.
    pub(crate) fn learn(&self, member: &Member, observation: &Observation) {
        if let Observation::Success { at, elapsed, first_token, output_tokens } = *observation
            && let Some(estimate) = member.statistics().latency
            && latency::is_fast_surprise(
                &estimate,
                latency::log_ratio(elapsed, first_token, output_tokens),
                at,
            )
        {
            locked(&self.ranking).surprised_by(member.target.model.clone());
        }
        member.observe(observation);
        if let Some(observer) = &self.settings.observer {
            observer.tell(&member.target.model, observation);
        }
    }
}
