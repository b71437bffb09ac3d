//! A request's stay at one model: one or more attempts, accounted for whatever happens.

use std::{sync::Arc, time::Duration};

use llm_core::{
    Attempt, AttemptOutcome, ChatResponse, Cost, Error, ErrorKind, Execution, Executor, ModelRef,
    Observation, Retry, Usage,
};
use tokio::time::Instant;

use super::{
    health::{Ending, Ticket},
    latency,
    ledger::{Book, Entry},
    log,
    member::Member,
    policy::{HealthClass, Policy},
    run::Run,
};

/// A stay at one model. Dropping it accounts for the attempt in flight as cancelled and frees the
/// model's probe.
#[derive(Debug)]
pub(crate) struct Visit<'a> {
    run: &'a Run,
    book: Book,
    pub(crate) member: Arc<Member>,
    pub(crate) ticket: Ticket,
    open: Option<Open>,
    ending: Ending,
}

/// The attempt in flight.
#[derive(Debug)]
struct Open {
    entry: Entry,
    started: Instant,
    first_content: Option<Instant>,
    /// When the answer was whole, whatever came behind it.
    ended: Option<Instant>,
    /// How long the caller of the stream was waited for.
    reader: Duration,
    /// What the provider has counted so far: it stands also when the answer dies.
    usage: Option<Usage>,
    /// The longest answer it may give, in tokens.
    max_tokens: Option<u32>,
    /// What is wrong with an answer that is taken nevertheless.
    flaw: Option<String>,
}

impl<'a> Visit<'a> {
    pub(crate) fn begin(run: &'a Run, book: Book, member: Arc<Member>, ticket: Ticket) -> Self {
        Self { run, book, member, ticket, open: None, ending: Ending::Cancelled }
    }

    /// Whether the answer is held to the JSON that was asked for.
    pub(crate) fn checks_json(&self) -> bool {
        self.run.checks_json
    }

    /// Begins an attempt at an answer of at most `max_tokens`.
    pub(crate) fn open_attempt(&mut self, max_tokens: Option<u32>) {
        let target = &self.member.target;
        let (provider, model) = (target.model.provider.clone(), target.model.model.clone());
        let cancelled = AttemptOutcome::Failed(ErrorKind::Cancelled);
        let mut attempt = Attempt::new(provider, model, cancelled);
        let started = Instant::now();
        attempt.role = target.role;
        attempt.started = started.duration_since(self.run.ledger.started);
        let entry = self.run.ledger.open(self.book, attempt);
        let usage = None;
        self.open = Some(Open {
            entry,
            started,
            first_content: None,
            ended: None,
            reader: Duration::ZERO,
            usage,
            max_tokens,
            flaw: None,
        });
    }

    /// Whether the model is asked for a stream.
    pub(crate) fn streams(&self) -> bool {
        self.run.streams(&self.member)
    }

    /// Takes in that content has arrived.
    pub(crate) fn content_arrived(&mut self) {
        let Some(open) = self.open.as_mut().filter(|open| open.first_content.is_none()) else {
            return;
        };
        let arrived = Instant::now();
        open.first_content = Some(arrived);
        if self.run.shared.settings.hedging && self.run.streams(&self.member) {
            self.member.remember_first_token(arrived.duration_since(open.started));
        }
    }

    /// Takes in that the answer is whole; what follows only says what it took.
    pub(crate) fn answer_ended(&mut self) {
        if let Some(open) = &mut self.open {
            open.ended.get_or_insert_with(Instant::now);
        }
    }

    /// Takes in how long the caller of the stream took to read.
    pub(crate) fn reader_took(&mut self, time: Duration) {
        if let Some(open) = &mut self.open {
            open.reader += time;
        }
    }

    /// Takes in what is wrong with an answer that is taken nevertheless.
    pub(crate) fn note_flaw(&mut self, error: &Error) {
        if let Some(open) = &mut self.open {
            open.flaw = Some(format!("taken although {}", error.message()));
        }
    }

    /// Takes in what the provider has counted, also of an answer that is not whole.
    pub(crate) fn usage_arrived(&mut self, usage: &Usage) {
        if let Some(open) = &mut self.open {
            open.usage = Some(usage.clone());
        }
    }

    /// Whether content has arrived in the attempt in flight.
    pub(crate) fn has_content(&self) -> bool {
        self.open.as_ref().is_some_and(|open| open.first_content.is_some())
    }

    /// Ends the attempt, and the stay, with an answer.
    pub(crate) fn succeed(&mut self, response: &ChatResponse) {
        let Some(mut open) = self.open.take() else { return };
        let flaw = open.flaw.take();
        let arrived = open.first_content.filter(|_| self.streams());
        let first_token = arrived.map(|arrived| arrived.duration_since(open.started));
        self.close(&open, AttemptOutcome::Ok, Execution::Executed, |attempt| {
            attempt.message = flaw;
        });
        // What the model took: neither a slow reader nor a connection that lingers is its doing,
        // and a model that had to be loaded is not slow.
        let whole = open.ended.unwrap_or_else(Instant::now).duration_since(open.started);
        let elapsed = response.without_load(whole.saturating_sub(open.reader));
        let first_token = first_token.map(|first_token| response.without_load(first_token));
        let output_tokens = output_tokens(response);
        let at = self.run.shared.clock.now();
        let observation = Observation::Success { at, elapsed, first_token, output_tokens };
        let stand_in = self.stand_in(response);
        if stand_in.is_some() {
            self.member.explored();
        }
        self.run.shared.learn(stand_in.as_ref().unwrap_or(&self.member), &observation);
        self.member.credential.accepted(self.member.is_free(), at);
        self.ending = Ending::Success;
    }

    /// The other model of ours that its provider let answer in place of this one. How fast it was
    /// says nothing about the one that was asked.
    fn stand_in(&self, response: &ChatResponse) -> Option<Arc<Member>> {
        let asked = &self.member.target.model;
        let served = response.model.as_ref().filter(|served| **served != asked.model)?;
        self.run.roster.find(&ModelRef::new(asked.provider.clone(), served.clone()))
    }

    /// Ends the attempt with an error. `counts` is false for a limit the deadline shortened.
    pub(crate) fn fail(&mut self, error: &Error, counts: bool, jitter: f64) {
        let Some(open) = self.open.take() else { return };
        let outcome = AttemptOutcome::Failed(error.kind());
        self.close(&open, outcome, error.execution(), |attempt| {
            attempt.status = error.status();
            attempt.message = Some(error.message().to_owned()).filter(|text| !text.is_empty());
        });
        let table = &self.run.shared.settings.fault_table;
        let policy = table.policy(error.kind(), error.status()).unwrap_or(Policy::END);
        let class = policy.health;
        let class = if counts { class } else { HealthClass::Unaffected };
        let at = self.run.shared.clock.now();
        let blamed = class.blames_model();
        self.run.shared.learn(&self.member, &Observation::Failure { at, blamed });
        self.member.explored();
        let hint = match error.retry() {
            Some(Retry::After(hint)) => Some(hint),
            _ => None,
        };
        self.member.credential.failed(class, hint, at);
        self.ending = Ending::Failure { class, hint, jitter };
    }

    /// Ends the attempt that was dropped.
    fn cancel(&mut self, open: &Open) {
        let content = open.first_content.is_some();
        let execution = if content { Execution::Executed } else { Execution::Maybe };
        let outcome = AttemptOutcome::Failed(ErrorKind::Cancelled);
        let elapsed = self.close(open, outcome, execution, |_| {});
        let at = self.run.shared.clock.now();
        let predicted = latency::expected(&self.member.statistics(), open.max_tokens);
        let lost = self.run.is_at_work() && !self.run.remaining().is_zero();
        // Beaten by another one, slower than expected, and still nothing: a fact about the model.
        // A caller who leaves says nothing about it.
        let observation = if lost && !content && elapsed > predicted {
            self.member.explored();
            let (class, jitter) = (HealthClass::Soft, self.run.shared.random());
            self.ending = Ending::Failure { class, hint: None, jitter };
            Observation::Straggled { at, elapsed, predicted }
        } else {
            self.ending = Ending::Cancelled;
            Observation::Failure { at, blamed: false }
        };
        self.run.shared.learn(&self.member, &observation);
    }

    /// Writes down how the attempt ended; how long it took.
    fn close(
        &self,
        open: &Open,
        outcome: AttemptOutcome,
        execution: Execution,
        more: impl FnOnce(&mut Attempt),
    ) -> Duration {
        let elapsed = open.started.elapsed();
        self.run.ledger.close(open.entry, |attempt| {
            attempt.elapsed = elapsed;
            attempt.time_to_first_token =
                open.first_content.map(|arrived| arrived.duration_since(open.started));
            attempt.outcome = outcome;
            attempt.billed = execution.billed();
            attempt.cost = self.cost(open.usage.as_ref());
            attempt.usage.clone_from(&open.usage);
            more(attempt);
            log::attempt(open.entry, attempt);
        });
        elapsed
    }

    /// What the provider reports, else what tokens and price come to.
    fn cost(&self, usage: Option<&Usage>) -> Option<Cost> {
        let usage = usage?;
        usage.cost.or_else(|| self.member.target.price?.cost(usage))
    }
}

impl Drop for Visit<'_> {
    fn drop(&mut self) {
        if let Some(open) = self.open.take() {
            self.cancel(&open);
        }
        self.member.settle(self.ticket, self.ending, self.run.shared.clock.now());
    }
}

/// Tokens of the answer, estimated from its length where the provider does not say.
fn output_tokens(response: &ChatResponse) -> u64 {
    let reported = response.usage.as_ref().and_then(|usage| usage.output_tokens);
    reported.unwrap_or_else(|| latency::estimate_tokens(response))
}
