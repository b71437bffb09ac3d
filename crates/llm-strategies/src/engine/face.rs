//! The engine's face: ask, stream, and look at what it has learned.

use std::{sync::Arc, time::Duration};

use futures_util::FutureExt;
use llm_core::{
    ChatRequest, Error, ErrorKind, ExclusionReason, History, ModelRef, ModelRole, ModelStatistics,
    Observation, Outcome, Plan, Result, Strategy,
};
use tokio::{sync::mpsc, time::timeout_at};

use super::{
    answer_stream::AnswerStream,
    clock::Clock,
    delivery::{Delivery, time_to_first_token},
    failure::nobody,
    fleet::Fleet,
    latency,
    ledger::{Book, Ledger},
    locked,
    member::Member,
    plan::plan,
    ranking,
    run::Run,
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
    /// [`Error::history`]; [`ErrorKind::Deadline`] when time ran out.
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
        let members = self.0.fleet.members();
        ModelRole::ALL.into_iter().find_map(|role| {
            let callable = members.iter().filter(|member| {
                member.target.role == Some(role)
                    && member.target.provider.is_ok()
                    && member.obstacle(now).is_none()
            });
            let contenders = Shared::contenders(callable);
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
        self.0.fleet.members().iter().map(standing).collect()
    }

    /// The models as they were given, in chain order.
    pub fn targets(&self) -> Vec<Target> {
        self.0.fleet.members().iter().map(|member| member.target.clone()).collect()
    }

    /// Whether a model of this name can be asked for.
    pub fn knows(&self, model: &ModelRef) -> bool {
        self.0.member(model).is_some()
    }

    /// Adds a model at the end of the chain, for callers who name it. One that is already there
    /// stays as it is.
    pub fn admit(&self, target: Target) {
        self.0.fleet.admit(target, self.0.clock.now());
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
    pub fn now(&self) -> llm_core::Timestamp {
        self.0.clock.now()
    }
}

async fn answer(
    shared: Arc<Shared>,
    strategy: &dyn Strategy,
    request: ChatRequest,
    options: &CallOptions,
    delivery: Delivery,
) -> Result<Outcome> {
    let timeout = options.timeout.unwrap_or(shared.settings.timeout);
    let ledger = Arc::new(Ledger::new());
    let deadline = ledger.started + timeout;
    let number = shared.next_request();
    let planned = plan(&shared, &request, options, &strategy.models(), number);
    let run = Run {
        request: request.clone(),
        deadline,
        alternatives: planned.plan.candidates.len() + planned.plan.extras.len() > 1,
        delivery: tokio::sync::Mutex::new(delivery),
        notes: std::sync::Mutex::default(),
        number,
        ledger,
        shared,
    };
    let Plan { candidates, extras, .. } = &planned.plan;
    let nobody_left = candidates.is_empty() && extras.is_empty() && planned.resting.is_empty();
    let refused = refusal(&request).or_else(|| nobody_left.then(|| nobody(&planned.excluded)));
    {
        let mut notes = locked(&run.notes);
        notes.excluded = planned.excluded;
        notes.resting = planned.resting;
    }
    let answered = if let Some(error) = refused {
        Err(error)
    } else {
        let decided = strategy.run(&request, planned.plan, &run);
        timeout_at(deadline, decided).await.unwrap_or_else(|_| {
            Err(Error::new(ErrorKind::Deadline, "the deadline of the request passed"))
        })
    };
    tell(&run, strategy.name(), timeout, answered).await
}

/// What is wrong with a request before any model has seen it.
fn refusal(request: &ChatRequest) -> Option<Error> {
    request
        .is_blank()
        .then(|| Error::new(ErrorKind::InvalidRequest, "the prompt is empty: say something"))
}

/// Ends a request: its last content, its story, its line in the log.
async fn tell(
    run: &Run,
    strategy: &str,
    timeout: Duration,
    answered: Result<llm_core::Answer>,
) -> Result<Outcome> {
    let mut delivery = run.delivery.lock().await;
    let mut history = History::default();
    strategy.clone_into(&mut history.strategy);
    let answered = match answered {
        Ok(answer) => {
            let (source, response) = (answer.source, answer.response);
            history.judgement = answer.judgement;
            delivery.finish(&response).await;
            Ok((source, response))
        }
        Err(error) => {
            history.partial = delivery.is_committed();
            Err(error)
        }
    };
    history.attempts = run.ledger.attempts(Book::Candidates);
    history.excluded = std::mem::take(&mut locked(&run.notes).excluded);
    history.elapsed = run.ledger.started.elapsed();
    history.time_to_first_token = time_to_first_token(&delivery, run.ledger.started);
    if let Some(judgement) = &mut history.judgement {
        judgement.attempts = run.ledger.attempts(Book::Judge);
    }
    match &answered {
        Ok((source, response)) => tracing::info!(
            strategy,
            provider = %source.provider,
            model = %source.model,
            attempts = history.attempts.len(),
            elapsed = ?history.elapsed,
            output_tokens = response.usage.as_ref().and_then(|usage| usage.output_tokens),
            "answered"
        ),
        Err(error) => tracing::info!(
            strategy,
            kind = %error.kind(),
            attempts = history.attempts.len(),
            elapsed = ?history.elapsed,
            timeout = ?timeout,
            "not answered"
        ),
    }
    match answered {
        Ok((source, response)) => Ok(Outcome::new(response, source, history)),
        Err(error) => Err(error.with_history(history)),
    }
}
