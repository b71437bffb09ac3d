//! A request's stay at one model: one or more attempts, accounted for whatever happens.

use std::{sync::Arc, time::Duration};

use llm_core::{
    Attempt, AttemptOutcome, ChatResponse, Cost, Error, ErrorKind, Execution, Observation, Usage,
};
use tokio::time::Instant;

use super::{
    health::{Ending, Ticket},
    latency,
    ledger::{Book, Entry, Ledger},
    member::Member,
    policy::{HealthClass, policy},
    shared::Shared,
};

/// A stay at one model. Dropping it accounts for the attempt in flight as cancelled and frees the
/// model's probe.
#[derive(Debug)]
pub(crate) struct Visit {
    shared: Arc<Shared>,
    ledger: Arc<Ledger>,
    book: Book,
    pub(crate) member: Arc<Member>,
    pub(crate) ticket: Ticket,
    /// How long the model was expected to take.
    predicted: Option<Duration>,
    open: Option<Open>,
    ending: Ending,
}

/// The attempt in flight.
#[derive(Debug)]
struct Open {
    entry: Entry,
    started: Instant,
    first_content: Option<Instant>,
    attempt: Attempt,
}

impl Visit {
    pub(crate) fn begin(
        shared: Arc<Shared>,
        ledger: Arc<Ledger>,
        book: Book,
        member: Arc<Member>,
        ticket: Ticket,
        predicted: Option<Duration>,
    ) -> Self {
        let ending = Ending::Cancelled;
        Self { shared, ledger, book, member, ticket, predicted, open: None, ending }
    }

    /// Begins an attempt.
    pub(crate) fn open_attempt(&mut self) {
        let target = &self.member.target;
        let (provider, model) = (target.model.provider.clone(), target.model.model.clone());
        let cancelled = AttemptOutcome::Failed(ErrorKind::Cancelled);
        let mut attempt = Attempt::new(provider, model, cancelled);
        attempt.role = target.role;
        attempt.started = self.ledger.started.elapsed();
        let entry = self.ledger.open(self.book, attempt.clone());
        self.open = Some(Open { entry, started: Instant::now(), first_content: None, attempt });
    }

    /// Takes in that content has arrived.
    pub(crate) fn content_arrived(&mut self) {
        if let Some(open) = &mut self.open {
            open.first_content.get_or_insert_with(Instant::now);
        }
    }

    /// Whether content has arrived in the attempt in flight.
    pub(crate) fn has_content(&self) -> bool {
        self.open.as_ref().is_some_and(|open| open.first_content.is_some())
    }

    /// Ends the attempt, and the stay, with an answer.
    pub(crate) fn succeed(&mut self, response: &ChatResponse) {
        let Some(open) = self.open.take() else { return };
        let elapsed = open.started.elapsed();
        self.close(open, AttemptOutcome::Ok, Execution::Executed, response.usage.clone(), |_| {});
        let output_tokens = output_tokens(response);
        let at = self.shared.clock.now();
        self.shared.learn(&self.member, &Observation::Success { at, elapsed, output_tokens });
        self.member.credential.accepted(self.member.is_free(), at);
        self.ending = Ending::Success;
    }

    /// Ends the attempt with an error. `counts` is false for a limit the deadline shortened.
    pub(crate) fn fail(&mut self, error: &Error, counts: bool, jitter: f64) {
        let Some(open) = self.open.take() else { return };
        let class = policy(error.kind(), error.status()).health;
        let class = if counts { class } else { HealthClass::Unaffected };
        let outcome = AttemptOutcome::Failed(error.kind());
        self.close(open, outcome, error.execution(), None, |attempt| {
            attempt.status = error.status();
            attempt.message = Some(error.message().to_owned()).filter(|text| !text.is_empty());
        });
        let at = self.shared.clock.now();
        let blamed = class.blames_model();
        self.shared.learn(&self.member, &Observation::Failure { at, blamed });
        let hint = match error.retry() {
            Some(llm_core::Retry::After(hint)) => Some(hint),
            _ => None,
        };
        self.member.credential.failed(class, hint, at);
        self.ending = Ending::Failure { class, hint, jitter };
    }

    fn close(
        &self,
        open: Open,
        outcome: AttemptOutcome,
        execution: Execution,
        usage: Option<Usage>,
        more: impl FnOnce(&mut Attempt),
    ) {
        let mut attempt = open.attempt;
        attempt.elapsed = open.started.elapsed();
        attempt.time_to_first_token =
            open.first_content.map(|arrived| arrived.duration_since(open.started));
        attempt.outcome = outcome;
        attempt.billed = execution.billed();
        attempt.cost = self.cost(usage.as_ref());
        attempt.usage = usage;
        more(&mut attempt);
        self.shared.log_attempt(open.entry, &attempt);
        self.ledger.close(open.entry, attempt);
    }

    /// What the provider reports, else what tokens and price come to.
    fn cost(&self, usage: Option<&Usage>) -> Option<Cost> {
        let usage = usage?;
        usage.cost.or_else(|| self.member.target.price?.cost(usage))
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        let now = self.shared.clock.now();
        if let Some(open) = self.open.take() {
            let elapsed = open.started.elapsed();
            let content = open.first_content.is_some();
            let execution = if content { Execution::Executed } else { Execution::Maybe };
            self.ending = Ending::Cancelled;
            // Slower than expected and still nothing: that is a fact about the model, not about
            // the caller who gave up.
            let predicted = self.predicted.filter(|predicted| !content && elapsed > *predicted);
            self.close(open, AttemptOutcome::Failed(ErrorKind::Cancelled), execution, None, |_| {});
            let observation = match predicted {
                Some(predicted) => {
                    let class = HealthClass::Soft;
                    self.ending = Ending::Failure { class, hint: None, jitter: 0.5 };
                    Observation::Straggled { at: now, elapsed, predicted }
                }
                None => Observation::Failure { at: now, blamed: false },
            };
            self.shared.learn(&self.member, &observation);
        }
        self.member.settle(self.ticket, self.ending, now);
    }
}

/// Tokens of the answer, estimated from its length where the provider does not say.
fn output_tokens(response: &ChatResponse) -> u64 {
    let reported = response.usage.as_ref().and_then(|usage| usage.output_tokens);
    reported.unwrap_or_else(|| latency::estimate_tokens(response))
}
