//! One request in the engine: what a strategy's decisions are carried out by.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use llm_core::{
    Answer, Candidate, ChatRequest, ChatResponse, Error, ErrorKind, ExclusionReason, Execution,
    Executor, Result, Retry,
};
use tokio::time::{Instant, sleep};

use super::{
    attempt::{Begun, Failed, Limits, begin, finish},
    decide::{Situation, Step, decide},
    delivery::Delivery,
    failure::{error_of, final_error},
    fleet::Roster,
    ledger::{Book, Ledger},
    locked, log,
    member::Member,
    notes::Notes,
    policy::{HealthClass, Policy},
    shared::Shared,
    usable::is_mere_refusal,
    visit::Visit,
};

/// One request, from its plan to its end.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) shared: Arc<Shared>,
    /// The models as they were when the request began.
    pub(crate) roster: Arc<Roster>,
    pub(crate) request: ChatRequest,
    pub(crate) ledger: Ledger,
    pub(crate) deadline: Instant,
    /// Whether the plan had more than one candidate.
    pub(crate) alternatives: bool,
    /// Whether the caller wants a stream.
    pub(crate) is_streamed: bool,
    /// Whether answers are held to the JSON that was asked for.
    pub(crate) checks_json: bool,
    pub(crate) delivery: tokio::sync::Mutex<Delivery>,
    pub(crate) notes: Mutex<Notes>,
    /// The number of the request, for what the ranking reserved for it.
    pub(crate) number: u64,
    /// The name of the strategy.
    pub(crate) strategy: String,
    /// Whether the strategy is being polled: what is dropped meanwhile lost against something else,
    /// what is dropped otherwise was left by the caller.
    pub(crate) at_work: AtomicBool,
    /// Whether the log has the request's line.
    pub(crate) told: bool,
}

/// A model that was given up.
pub(super) enum GivenUp {
    /// The next candidate may answer.
    GoOn,
    /// Nobody may: the request is wrong, or its content has reached the caller.
    Stop,
}

#[async_trait]
impl Executor for Run {
    async fn deliver(&self, chain: &[Candidate]) -> Result<Answer> {
        let mut delivery = self.delivery.lock().await;
        let members: Vec<_> =
            chain.iter().filter_map(|candidate| self.roster.find(&candidate.model)).collect();
        if self.shared.settings.hedging {
            locked(&self.shared.hedges).earn();
        }
        for (position, member) in members.iter().enumerate() {
            if self.is_over(&delivery) {
                break;
            }
            // It was asked beside a slow one.
            if self.is_given_up(member) {
                continue;
            }
            let visit = match self.enter(member, Book::Candidates) {
                Ok(visit) => visit,
                Err(reason) => {
                    self.exclude(member, reason);
                    continue;
                }
            };
            let later = members.get(position + 1..).unwrap_or_default();
            let answer = if let Some(hedge) = self.hedge(&visit, later) {
                Box::pin(self.stay_hedged(visit, hedge, &mut delivery)).await
            } else {
                let others = later.iter().any(|other| self.passed_over(other).is_none());
                self.stay(visit, others, Effort::Full, &mut delivery).await
            };
            if let Some(answer) = answer {
                return Ok(answer);
            }
        }
        // Rarely needed, and as large as the loop itself: boxed, it costs other requests nothing.
        if let Some(answer) = Box::pin(self.come_back(&mut delivery)).await {
            return Ok(answer);
        }
        let mut notes = locked(&self.notes);
        // Nobody said anything better.
        if let Some(refusal) = notes.refusal.take().filter(|_| !delivery.is_committed()) {
            return Ok(refusal);
        }
        // An answer that broke after its content was seen has one cause.
        let spoke = notes.given_up.as_ref().filter(|_| delivery.is_committed());
        Err(match spoke {
            Some(model) => error_of(&notes, model),
            None => final_error(&notes, self.deadline <= Instant::now()),
        })
    }

    async fn collect(&self, candidate: &Candidate) -> Result<Answer> {
        let Some(member) = self.roster.find(&candidate.model) else {
            return Err(Error::new(ErrorKind::NoUsableModel, "the model is not configured"));
        };
        let visit = self.enter(&member, Book::Candidates).map_err(|reason| {
            self.exclude(&member, reason.clone());
            not_called(&member, &reason)
        })?;
        let mut nowhere = Delivery::nowhere();
        let answer = self.stay(visit, self.alternatives, Effort::Full, &mut nowhere).await;
        answer.ok_or_else(|| error_of(&locked(&self.notes), &candidate.model))
    }

    async fn consult(&self, judge: &Candidate, request: ChatRequest) -> Result<ChatResponse> {
        let Some(member) = self.roster.find(&judge.model) else {
            return Err(Error::new(ErrorKind::NoUsableModel, "the judge is not configured"));
        };
        let visit =
            self.enter(&member, Book::Judge).map_err(|reason| not_called(&member, &reason))?;
        self.once(visit, &request, false, &mut Delivery::nowhere())
            .await
            .map(|answer| answer.response)
            .map_err(|(_, error)| error)
    }

    fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }
}

/// How hard a model is tried.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Effort {
    /// As often as the fault table allows.
    Full,
    /// Once.
    Once,
}

impl Run {
    /// Tries one model until it answers or is given up.
    pub(super) async fn stay<'a>(
        &'a self,
        visit: Visit<'a>,
        others: bool,
        effort: Effort,
        delivery: &mut Delivery,
    ) -> Option<Answer> {
        let first = self.once(visit, &self.request, others, delivery).await;
        self.go_on(first, others, effort, delivery).await
    }

    /// Goes on after a first attempt, until the model answers or is given up.
    pub(super) async fn go_on<'a>(
        &'a self,
        mut result: Result<Answer, (Visit<'a>, Error)>,
        others: bool,
        effort: Effort,
        delivery: &mut Delivery,
    ) -> Option<Answer> {
        let mut attempts = 0;
        loop {
            attempts += 1;
            let (returned, error) = match result {
                Ok(answer) => return Some(answer),
                Err(failed) => failed,
            };
            let member = &Arc::clone(&returned.member);
            let probe = returned.ticket.probe;
            // A pause the provider asks for holds for everybody from this moment on.
            let asked_to_pause = matches!(error.retry(), Some(Retry::After(_)))
                || self.policy(member, &error).health == HealthClass::Throttled;
            let returned = (!asked_to_pause).then_some(returned);
            let rest = member.rest(self.shared.clock.now());
            let situation = Situation {
                attempts,
                others,
                probe,
                rest,
                committed: delivery.is_committed(),
                ..self.situation(member, &error)
            };
            let step = match decide(&situation) {
                Step::Again { .. } | Step::Wait { .. } if effort == Effort::Once => Step::Next,
                step => step,
            };
            let visit = match self.prepare(step, returned, member, situation.execution).await {
                Ok(next) => next,
                Err(given_up) => {
                    self.give_up(member, error, &given_up, probe);
                    return None;
                }
            };
            result = self.once(visit, &self.request, others, delivery).await;
        }
    }

    /// Whether the request is going on, as far as an attempt that is dropped can tell.
    pub(super) fn is_at_work(&self) -> bool {
        self.at_work.load(Ordering::Relaxed)
    }

    /// Begins a stay at a model, if it may be called. Of many requests that come when a model has
    /// rested, one gets in.
    pub(super) fn enter(
        &self,
        member: &Arc<Member>,
        book: Book,
    ) -> Result<Visit<'_>, ExclusionReason> {
        if book == Book::Candidates
            && let Some(reason) = self.ruled_out(member)
        {
            return Err(reason);
        }
        let now = self.shared.clock.now();
        let ticket = member.admit(now)?;
        member.credential.earn_retries(now);
        Ok(Visit::begin(self, book, Arc::clone(member), ticket))
    }

    /// Begins a stay at a model although it may be resting: nobody else can serve.
    pub(super) fn enter_anyway(&self, member: &Arc<Member>) -> Visit<'_> {
        let ticket = member.begin(self.shared.clock.now());
        Visit::begin(self, Book::Candidates, Arc::clone(member), ticket)
    }

    /// Makes one attempt. A failed one gives the stay back, to go on with it.
    async fn once<'a>(
        &'a self,
        mut visit: Visit<'a>,
        request: &ChatRequest,
        others: bool,
        delivery: &mut Delivery,
    ) -> Result<Answer, (Visit<'a>, Error)> {
        let begun = self.begin(&mut visit, request, others).await;
        self.conclude(visit, begun, others, delivery).await
    }

    /// Begins an attempt and waits for the first content.
    pub(super) async fn begin(
        &self,
        visit: &mut Visit<'_>,
        request: &ChatRequest,
        others: bool,
    ) -> Result<Begun, Failed> {
        let request = visit.member.target.defaults.apply(request);
        let limits = self.limits(&visit.member, others);
        visit.open_attempt(request.sampling.max_tokens);
        begin(visit, request, limits).await
    }

    /// Reads what a begun attempt answers, and accounts for how it ends.
    pub(super) async fn conclude<'a>(
        &'a self,
        mut visit: Visit<'a>,
        begun: Result<Begun, Failed>,
        others: bool,
        delivery: &mut Delivery,
    ) -> Result<Answer, (Visit<'a>, Error)> {
        delivery.start_over();
        let ended = match begun {
            Ok(begun) => finish(begun, &mut visit, delivery).await,
            Err(failed) => Err(failed),
        };
        let refusals_go_on =
            self.shared.settings.fallback_on_refusal && others && !delivery.is_committed();
        let failed = match ended {
            Ok(response) if refusals_go_on && is_mere_refusal(&response) => {
                let model = visit.member.target.model.clone();
                locked(&self.notes).refusal = Some(Answer::new(model, response));
                // It answered, if only with a no.
                Error::new(ErrorKind::ContentPolicy, "the model refused to answer")
                    .with_execution(Execution::Executed)
                    .into()
            }
            Ok(response) => {
                visit.succeed(&response);
                return Ok(Answer::new(visit.member.target.model.clone(), response));
            }
            Err(failed) => failed,
        };
        let error = self.account(&mut visit, failed);
        Err((visit, error))
    }

    /// Ends the attempt in flight with its failure; the error as the request sees it.
    pub(super) fn account(&self, visit: &mut Visit<'_>, failed: Failed) -> Error {
        let Failed { error, counts } = failed;
        let model = &visit.member.target.model;
        let mut error = self.listed(error).with_origin(&model.provider, &model.model);
        if visit.has_content() {
            error = error.with_execution(Execution::Executed);
        }
        visit.fail(&error, counts, self.shared.random());
        error
    }

    /// Carries out a decision; the stay with which to go on, if there is one.
    async fn prepare<'a>(
        &'a self,
        step: Step,
        visit: Option<Visit<'a>>,
        member: &Arc<Member>,
        execution: Execution,
    ) -> Result<Visit<'a>, GivenUp> {
        let (pause, cost, waits) = match step {
            Step::Next => return Err(GivenUp::GoOn),
            Step::End => return Err(GivenUp::Stop),
            Step::Again { pause, cost } => (pause, cost, false),
            Step::Wait { pause, cost } => (pause, cost, true),
        };
        let place = if waits { member.wait_place() } else { None };
        let now = self.shared.clock.now();
        if (waits && place.is_none()) || !member.credential.spend_retry(cost, now) {
            return Err(GivenUp::GoOn);
        }
        {
            let mut notes = locked(&self.notes);
            notes.retries += 1;
            notes.paid_retry |= execution >= Execution::Maybe;
        }
        sleep(pause).await;
        Ok(visit.unwrap_or_else(|| self.enter_anyway(member)))
    }

    /// The error, if the fault table decides it; else that it does not.
    fn listed(&self, error: Error) -> Error {
        let (kind, status) = (error.kind(), error.status());
        if kind == ErrorKind::Internal
            || self.shared.settings.fault_table.policy(kind, status).is_some()
        {
            return error;
        }
        let message = format!("no line of the fault table decides `{kind}`");
        Error::new(ErrorKind::Internal, message).with_source(error)
    }

    /// What to do about a failure: the fault table's line, as the model's role changes it.
    pub(super) fn policy(&self, member: &Member, error: &Error) -> Policy {
        let policy = self.shared.settings.fault_table.policy(error.kind(), error.status());
        member.target.reactions.change(error.kind(), policy.unwrap_or(Policy::END))
    }

    /// What the request itself contributes to a decision.
    pub(super) fn situation(&self, member: &Member, error: &Error) -> Situation {
        let settings = &self.shared.settings;
        let notes = locked(&self.notes);
        Situation {
            policy: self.policy(member, error),
            insists: member.target.reactions.insist(error.kind()),
            execution: error.execution(),
            hint: error.retry(),
            attempts: 0,
            retries: notes.retries,
            paid_retry: notes.paid_retry,
            allowed: settings.retry_attempts,
            others: false,
            probe: false,
            committed: false,
            fallback_on_refusal: settings.fallback_on_refusal,
            wait_inline: settings.wait_inline,
            rest: Duration::ZERO,
            remaining: self.remaining(),
            random: self.shared.random(),
        }
    }

    /// Whether no further attempt makes sense.
    pub(super) fn is_over(&self, delivery: &Delivery) -> bool {
        delivery.is_committed() || locked(&self.notes).ended || self.remaining().is_zero()
    }

    /// Whether `member` is asked for a stream.
    pub(crate) fn streams(&self, member: &Member) -> bool {
        let target = &member.target;
        target.upstream_stream || (target.stream_on_request && self.is_streamed)
    }

    /// The time limits of the next attempt. While another candidate can serve, silence may take
    /// half of what is left; the last candidate may take all of it.
    fn limits(&self, member: &Member, others: bool) -> Limits {
        let timeouts = member.target.timeouts;
        let remaining = self.remaining();
        let share = if others { remaining / 2 } else { remaining };
        // Without a stream there is no first token: the whole answer is waited for.
        let silence = if self.streams(member) {
            timeouts.first_token
        } else {
            timeouts.first_token.max(timeouts.progress)
        };
        Limits {
            first_token: silence.min(share),
            shortened: share < silence,
            idle: timeouts.idle,
            progress: timeouts.progress,
            deadline: self.deadline,
        }
    }
}

/// The error of a call that was not made.
fn not_called(member: &Member, reason: &ExclusionReason) -> Error {
    let model = &member.target.model;
    let message = format!("it was not called; {reason}");
    Error::new(ErrorKind::CircuitOpen, message).with_origin(&model.provider, &model.model)
}

impl Drop for Run {
    fn drop(&mut self) {
        locked(&self.shared.ranking).release(self.number);
        if !self.told {
            log::abandoned(&self.strategy, self.ledger.count(), self.ledger.started.elapsed());
        }
    }
}
