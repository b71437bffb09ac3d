//! The engine's face: ask, stream, and look at what it has learned.

use std::sync::Arc;

use futures_util::FutureExt;
use llm_core::{
    Capabilities, ChatRequest, ExclusionReason, ModelRef, ModelRole, ModelStatistics, Observation,
    Outcome, Price, Result, Strategy, Timestamp,
};
use tokio::sync::mpsc;

use super::{
    answer_stream::AnswerStream,
    clock::Clock,
    delivery::Delivery,
    fleet::Fleet,
    latency,
    member::Member,
    ranking,
    request::answer,
    settings::{CallOptions, EngineSettings},
    shared::Shared,
    target::Target,
};

/// Events a caller of a stream may be behind; then the upstream waits.
const EVENTS_AHEAD: usize = 16;

/// Answers requests with the models it was given. Clones share everything.
#[derive(Clone, Debug)]
pub struct Engine(Arc<Shared>);

/// A model, and whether it can be called at the moment.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Standing {
    /// The model.
    pub model: ModelRef,
    /// Its role.
    pub role: Option<ModelRole>,
    /// Why it cannot be called at the moment, if it cannot.
    pub obstacle: Option<ExclusionReason>,
    /// What is known of it.
    pub statistics: ModelStatistics,
}

impl Engine {
    /// An engine for `targets`, which stand in chain order.
    pub fn new(settings: EngineSettings, targets: Vec<Target>) -> Self {
        let clock = Clock::new(settings.now);
        let fleet = Fleet::new(targets, clock.now());
        Self(Arc::new(Shared::new(settings, clock, fleet)))
    }

    /// Answers `request` as `strategy` decides.
    ///
    /// # Errors
    ///
    /// The most useful of the errors met, with the whole story in
    /// [`Error::history`](llm_core::Error::history); [`ErrorKind::Deadline`](llm_core::ErrorKind::Deadline) when time ran out.
    ///
    /// # Cancellation
    ///
    /// Dropping the future drops every call in flight; each is recorded as cancelled.
    pub async fn generate(
        &self,
        strategy: &dyn Strategy,
        request: ChatRequest,
        options: &CallOptions,
    ) -> Result<Outcome> {
        answer(Arc::clone(&self.0), strategy, request, options, Delivery::nowhere()).await
    }

    /// Streams the answer to `request` as `strategy` decides. Nothing is sent before the first
    /// poll.
    pub fn stream(
        &self,
        strategy: Arc<dyn Strategy>,
        request: ChatRequest,
        options: CallOptions,
    ) -> AnswerStream {
        let shared = Arc::clone(&self.0);
        let (sender, events) = mpsc::channel(EVENTS_AHEAD);
        let delivery = Delivery::to(Some(sender), shared.settings.commit);
        let request = async move { answer(shared, &*strategy, request, &options, delivery).await };
        AnswerStream::new(request.boxed(), events)
    }

    /// The model from which the fastest answer is expected: among the first role that has a
    /// measured model which can be called. `None` before any measurement.
    pub fn fastest(&self) -> Option<ModelRef> {
        let now = self.0.clock.now();
        let roster = self.0.fleet.roster();
        let members = roster.members();
        ModelRole::ALL.into_iter().find_map(|role| {
            let callable = members.iter().filter(|member| {
                member.target.role == Some(role)
                    && member.target.provider.is_ok()
                    && member.obstacle(now).is_none()
            });
            let contenders: Vec<_> = callable.map(|member| member.contender()).collect();
            let position = ranking::fastest(&contenders, now)?;
            contenders.into_iter().nth(position).map(|contender| contender.model)
        })
    }

    /// Every model, and whether it can be called at the moment.
    pub fn standings(&self) -> Vec<Standing> {
        let now = self.0.clock.now();
        let standing = |member: &Arc<Member>| Standing {
            model: member.target.model.clone(),
            role: member.target.role,
            obstacle: member
                .target
                .provider
                .as_ref()
                .err()
                .cloned()
                .or_else(|| member.obstacle(now)),
            statistics: member.statistics(),
        };
        self.0.fleet.roster().members().iter().map(standing).collect()
    }

    /// The models as they were given, in chain order.
    pub fn targets(&self) -> Vec<Target> {
        self.0.fleet.roster().members().iter().map(|member| member.target.clone()).collect()
    }

    /// Whether a model of this name can be asked for.
    pub fn knows(&self, model: &ModelRef) -> bool {
        self.0.member(model).is_some()
    }

    /// Adds a model at the end of the chain, for callers who name it. One that is already there
    /// stays as it is. `false` when there are 2,000 models: what callers name must have an end.
    pub fn admit(&self, target: Target) -> bool {
        self.0.fleet.admit(target, self.0.clock.now())
    }

    /// Replaces what is known about models: what each can do and what it costs. A request in flight
    /// keeps what it began with; models the engine does not have are passed over.
    pub fn learn(&self, facts: impl IntoIterator<Item = (ModelRef, Capabilities, Option<Price>)>) {
        self.0.fleet.learn(facts);
    }

    /// A number for seeding what a request decides by chance; another one at every call.
    pub fn next_seed(&self) -> u64 {
        self.0.next_seed()
    }

    /// Takes in what an earlier process learned.
    pub fn restore(&self, statistics: impl IntoIterator<Item = (ModelRef, ModelStatistics)>) {
        let (models, mut snapshot): (Vec<_>, Vec<_>) = statistics.into_iter().unzip();
        latency::age_snapshot(&mut snapshot, self.0.clock.now());
        for (model, statistics) in models.iter().zip(snapshot) {
            if let Some(member) = self.0.member(model) {
                member.restore(statistics);
            }
        }
    }

    /// Takes in something learned outside a request, by a test of the models.
    pub fn record(&self, model: &ModelRef, observation: &Observation) {
        if let Some(member) = self.0.member(model) {
            self.0.learn(&member, observation);
        }
    }

    /// The engine's time, for observations.
    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }
}
