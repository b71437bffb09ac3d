//! The trait of whoever decides which models answer a request.

use std::{fmt::Debug, time::Duration};

use async_trait::async_trait;

use crate::{
    capabilities::Price, compare::Judgement, error::Result, ids::ModelRef, request::ChatRequest,
    response::ChatResponse, role::ModelRole,
};

/// Decides which candidates answer a request: one, several in order, several at once.
///
/// # Contract
///
/// A strategy decides and nothing more. Calls go through the [`Executor`], which retries, cools,
/// watches the deadline and keeps the records. A strategy never waits longer than
/// [`Executor::remaining`].
///
/// # Cancellation
///
/// Dropping the future drops every call in it.
///
/// # Errors
///
/// The error of the executor when no candidate answered.
///
/// # Example
///
/// ```
/// use async_trait::async_trait;
/// use llm_core::{Answer, ChatRequest, Executor, Plan, Result, Strategy};
///
/// /// Asks the cheapest model first.
/// #[derive(Debug)]
/// struct CheapestFirst;
///
/// #[async_trait]
/// impl Strategy for CheapestFirst {
///     fn name(&self) -> &str {
///         "cheapest_first"
///     }
///
///     async fn run(&self, _: &ChatRequest, plan: Plan, executor: &dyn Executor) -> Result<Answer> {
///         let mut chain = plan.candidates;
///         chain.sort_by_key(|candidate| candidate.price.and_then(|price| price.output));
///         executor.deliver(&chain).await
///     }
/// }
/// ```
#[async_trait]
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not decide which models answer",
    note = "implement `llm_core::Strategy` with `#[async_trait]`"
)]
pub trait Strategy: Debug + Send + Sync + 'static {
    /// The strategy's name in the configuration, logs and reports.
    fn name(&self) -> &str;

    /// Models the strategy may ask although they hold no role. Those that can serve a request are
    /// in its [`Plan::extras`].
    fn models(&self) -> Vec<ModelRef> {
        Vec::new()
    }

    /// Answers `request` with the candidates of `plan`.
    async fn run(
        &self,
        request: &ChatRequest,
        plan: Plan,
        executor: &dyn Executor,
    ) -> Result<Answer>;
}

const _: fn(&dyn Strategy) = |_| {};

/// What a strategy can have done for a request. Implemented by the engine.
///
/// # Cancellation
///
/// Dropping a future aborts its call; the attempt is recorded as cancelled.
#[async_trait]
pub trait Executor: Debug + Send + Sync {
    /// Tries `chain` in order until one answers. In a stream, content reaches the caller as the
    /// commit mode allows; after that a failure is final.
    async fn deliver(&self, chain: &[Candidate]) -> Result<Answer>;

    /// The whole answer of one candidate, retried as its failures allow. Nothing reaches the
    /// caller.
    async fn collect(&self, candidate: &Candidate) -> Result<Answer>;

    /// Asks a judge something. Its calls are recorded apart from the candidates'.
    async fn consult(&self, judge: &Candidate, request: ChatRequest) -> Result<ChatResponse>;

    /// What is left until the request's deadline.
    fn remaining(&self) -> Duration;
}

const _: fn(&dyn Executor) = |_| {};

/// The models that can serve a request.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Plan {
    /// Candidates in configured order, a model named by the caller first.
    pub candidates: Vec<Candidate>,
    /// Whether the first candidate was named by the caller.
    pub named: bool,
    /// Models without a role that the strategy names itself, in its order.
    pub extras: Vec<Candidate>,
    /// Models the caller wants no answer of; they may judge those of others.
    pub judges_only: Vec<Candidate>,
}

impl Plan {
    /// A plan of `candidates`, none of them named by the caller.
    pub fn new(candidates: Vec<Candidate>) -> Self {
        Self { candidates, ..Self::default() }
    }
}

/// A model that can serve a request, and what is known of it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Candidate {
    /// The model.
    pub model: ModelRef,
    /// Its role; `None` for a model that the caller or the strategy named and that has none.
    pub role: Option<ModelRole>,
    /// Its place when speed decides, lowest first. Explorations and probes come before the
    /// fastest, models that failed before they were ever measured come last.
    pub rank: usize,
    /// What to expect of it, once it was measured.
    pub forecast: Option<Forecast>,
    /// How likely it answers, 0 to 1.
    pub odds: f64,
    /// What it costs, if known.
    pub price: Option<Price>,
}

impl Candidate {
    /// A candidate of which nothing is known yet.
    pub fn new(model: ModelRef, role: Option<ModelRole>) -> Self {
        Self { model, role, rank: 0, forecast: None, odds: 0.95, price: None }
    }
}

/// How fast a model is expected to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Forecast {
    /// Expected time of a whole answer of the length this request may get.
    pub latency: Duration,
    /// What is minimised when speed decides: the logarithm of slowness, worsened by bad odds.
    pub score: f64,
}

/// What a strategy returns.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Answer {
    /// Who answered.
    pub source: ModelRef,
    /// The answer.
    pub response: ChatResponse,
    /// How it was chosen over another.
    pub judgement: Option<Judgement>,
}

impl Answer {
    /// The answer of `source`, chosen over no other.
    pub fn new(source: ModelRef, response: ChatResponse) -> Self {
        Self { source, response, judgement: None }
    }

    /// Adds how it was chosen.
    #[must_use]
    pub fn with_judgement(mut self, judgement: Judgement) -> Self {
        self.judgement = Some(judgement);
        self
    }
}
