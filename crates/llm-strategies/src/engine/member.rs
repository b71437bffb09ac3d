//! A target with what is known of it at the moment.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use llm_core::{Capabilities, ExclusionReason, ModelStatistics, Observation, Price, Timestamp};

use super::{
    credential::Credential,
    health::{Admission, Ending, Health, Ticket},
    hedge::FirstTokens,
    latency, locked,
    ranking::Contender,
    target::Target,
};

/// A model in the engine.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) target: Target,
    pub(crate) credential: Arc<Credential>,
    seen: Arc<Seen>,
}

/// What calls have shown of a model. It outlives a change of what is known about it otherwise.
#[derive(Debug, Default)]
struct Seen {
    health: Mutex<Health>,
    statistics: Mutex<ModelStatistics>,
    first_tokens: Mutex<FirstTokens>,
    waited_for: AtomicBool,
    explored: AtomicBool,
}

impl Member {
    pub(crate) fn new(target: Target, credential: Arc<Credential>) -> Self {
        Self { target, credential, seen: Arc::default() }
    }

    /// The same model, of which other facts are known.
    pub(crate) fn with_facts(&self, capabilities: Capabilities, price: Option<Price>) -> Self {
        let target = Target { capabilities, price, ..self.target.clone() };
        Self { target, credential: Arc::clone(&self.credential), seen: Arc::clone(&self.seen) }
    }

    /// Whether the model is known to cost nothing.
    pub(crate) fn is_free(&self) -> bool {
        self.target.price.is_some_and(|price| price.is_free())
    }

    /// Why the model may not be called at the moment, if it may not.
    pub(crate) fn obstacle(&self, now: Timestamp) -> Option<ExclusionReason> {
        self.obstacle_given(&locked(&self.seen.health), now)
    }

    fn obstacle_given(&self, health: &Health, now: Timestamp) -> Option<ExclusionReason> {
        let resting = self.credential.resting(self.is_free(), now);
        if !resting.is_zero() {
            return Some(ExclusionReason::CredentialParked { remaining: resting });
        }
        match health.admission(now) {
            Admission::Resting(remaining) => Some(ExclusionReason::CoolingDown { remaining }),
            Admission::Open | Admission::Probe => None,
        }
    }

    /// Whether the model may be called like any other: it neither rests nor waits for its probe.
    pub(crate) fn is_closed(&self, now: Timestamp) -> bool {
        let health = locked(&self.seen.health);
        self.obstacle_given(&health, now).is_none() && health.admission(now) == Admission::Open
    }

    /// Takes in how long the first token took.
    pub(crate) fn remember_first_token(&self, time: Duration) {
        locked(&self.seen.first_tokens).remember(time);
    }

    /// After how long the model is slow to begin; `None` while too little is known.
    pub(crate) fn slow_to_begin(&self) -> Option<Duration> {
        locked(&self.seen.first_tokens).slow()
    }

    /// Until the model may be called again; zero when it may be called.
    pub(crate) fn rest(&self, now: Timestamp) -> Duration {
        match locked(&self.seen.health).admission(now) {
            Admission::Resting(remaining) => remaining,
            Admission::Open | Admission::Probe => Duration::ZERO,
        }
    }

    /// Until neither the model nor its key keeps it from being called.
    pub(crate) fn returns_in(&self, now: Timestamp) -> Duration {
        match self.obstacle(now) {
            Some(
                ExclusionReason::CoolingDown { remaining }
                | ExclusionReason::CredentialParked { remaining },
            ) => remaining,
            _ => Duration::ZERO,
        }
    }

    /// Registers a call, unless something keeps the model from being called.
    pub(crate) fn admit(&self, now: Timestamp) -> Result<Ticket, ExclusionReason> {
        let mut health = locked(&self.seen.health);
        match self.obstacle_given(&health, now) {
            Some(reason) => Err(reason),
            None => Ok(health.begin(now)),
        }
    }

    /// Registers a call, also of a model that is resting.
    pub(crate) fn begin(&self, now: Timestamp) -> Ticket {
        locked(&self.seen.health).begin(now)
    }

    pub(crate) fn settle(&self, ticket: Ticket, ending: Ending, now: Timestamp) {
        locked(&self.seen.health).settle(ticket, ending, now);
    }

    pub(crate) fn observe(&self, observation: &Observation) {
        latency::observe(&mut locked(&self.seen.statistics), observation);
    }

    pub(crate) fn statistics(&self) -> ModelStatistics {
        locked(&self.seen.statistics).clone()
    }

    /// Takes in what an earlier process learned. A model that only ever failed had its chance.
    pub(crate) fn restore(&self, statistics: ModelStatistics) {
        if statistics.latency.is_none() && statistics.error_count > 0 {
            self.explored();
        }
        *locked(&self.seen.statistics) = statistics;
    }

    /// Takes in that a call failed, whoever's fault it was: an unmeasured model has had its chance.
    pub(crate) fn explored(&self) {
        self.seen.explored.store(true, Ordering::Relaxed);
    }

    /// What a ranking needs to know.
    pub(crate) fn contender(&self) -> Contender {
        Contender {
            model: self.target.model.clone(),
            statistics: self.statistics(),
            explored: self.seen.explored.load(Ordering::Relaxed),
        }
    }

    /// Takes the place of the one request that waits for this model; `None` if it is taken.
    pub(crate) fn wait_place(&self) -> Option<WaitPlace<'_>> {
        (!self.seen.waited_for.swap(true, Ordering::AcqRel)).then(|| WaitPlace(self))
    }
}

/// The place of the one request that waits for a model; free again when dropped.
#[derive(Debug)]
pub(crate) struct WaitPlace<'a>(&'a Member);

impl Drop for WaitPlace<'_> {
    fn drop(&mut self) {
        self.0.seen.waited_for.store(false, Ordering::Release);
    }
}
