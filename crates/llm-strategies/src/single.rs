//! The strategy that asks the best candidate, then the rest of the chain.

use async_trait::async_trait;
use llm_core::{Answer, Candidate, ChatRequest, Executor, ModelRef, Plan, Result, Strategy};

/// Asks one candidate; only when it fails, the rest of the chain in configured order.
///
/// A model named by the caller goes first, whatever this strategy prefers.
#[derive(Clone, Debug)]
pub struct Single {
    start: Start,
}

#[derive(Clone, Debug)]
enum Start {
    Fastest,
    Model(Option<ModelRef>),
}

impl Single {
    /// Starts with the fastest model of the leading role, its others by speed behind it.
    pub const fn fastest() -> Self {
        Self { start: Start::Fastest }
    }

    /// Starts with `model`, which needs no role, or without one with the first of the chain.
    pub const fn starting_with(model: Option<ModelRef>) -> Self {
        Self { start: Start::Model(model) }
    }
}

#[async_trait]
impl Strategy for Single {
    fn name(&self) -> &'static str {
        "single"
    }

    fn models(&self) -> Vec<ModelRef> {
        match &self.start {
            Start::Fastest => Vec::new(),
            Start::Model(model) => model.iter().cloned().collect(),
        }
    }

    async fn run(&self, _: &ChatRequest, plan: Plan, executor: &dyn Executor) -> Result<Answer> {
        let chain = match &self.start {
            _ if plan.named => plan.candidates,
            Start::Fastest => leading_by_rank(plan.candidates),
            Start::Model(None) => plan.candidates,
            Start::Model(Some(model)) => first_of_all(model, plan),
        };
        executor.deliver(&chain).await
    }
}

/// The chain with the candidates of its first role ordered by rank.
pub(crate) fn leading_by_rank(mut chain: Vec<Candidate>) -> Vec<Candidate> {
    let lead = chain.first().map(|candidate| candidate.role);
    let leading = chain.iter().take_while(|candidate| Some(candidate.role) == lead).count();
    if let Some(leading) = chain.get_mut(..leading) {
        leading.sort_by_key(|candidate| candidate.rank);
    }
    chain
}

/// The chain with `model` first, if it can serve.
fn first_of_all(model: &ModelRef, plan: Plan) -> Vec<Candidate> {
    let is_it = |candidate: &Candidate| candidate.model == *model;
    let (mut chain, others): (Vec<_>, Vec<_>) = plan.candidates.into_iter().partition(is_it);
    chain.extend(plan.extras.into_iter().filter(is_it));
    chain.extend(others);
    chain
}
