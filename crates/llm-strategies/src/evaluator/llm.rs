//! A judge that is a model.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use llm_core::{
    Candidate, ChatRequest, Comparison, Evaluator, Executor, Preference, Result, Verdict,
};

use super::{
    hearing::{Hearing, Order},
    prompt::{Material, ask_again},
    verdict::parse_verdict,
};

/// Asks the comparison's judge which answer is better.
///
/// Judges tend to like the answer they read first, so the first order is random. A clear verdict
/// is taken at once; any other is checked by asking again with the answers swapped, and the
/// preferences of both orders are added up. Words without a verdict get one reminder; after that
/// the judge abstains. Without a judge nobody is asked, and the verdict is empty.
///
/// The answers reach the judge as data, fenced by a code that occurs nowhere in them, without the
/// names of their models. What is longer than 24,000 characters is shortened for the judge only.
///
/// # Errors
///
/// The judge's own.
#[derive(Debug)]
pub struct LlmEvaluator {
    random: Mutex<fastrand::Rng>,
    criteria: Vec<String>,
    is_thorough: bool,
}

impl LlmEvaluator {
    /// An evaluator that lets the judge find its own criteria. `seed` decides which answer is
    /// shown first, and the fences.
    pub fn new(seed: u64) -> Self {
        Self {
            random: Mutex::new(fastrand::Rng::with_seed(seed)),
            criteria: Vec::new(),
            is_thorough: false,
        }
    }

    /// Lets the judge go by `criteria`, one sentence each.
    #[must_use]
    pub fn with_criteria(mut self, criteria: Vec<String>) -> Self {
        self.criteria = criteria;
        self
    }

    /// Asks in both orders, however clear the first verdict is: what a
    /// [`JudgeGate`](crate::JudgeGate) wants to know of a judge.
    #[must_use]
    pub fn in_both_orders(mut self) -> Self {
        self.is_thorough = true;
        self
    }

    /// A generator of this comparison's own.
    fn random(&self) -> fastrand::Rng {
        self.random.lock().unwrap_or_else(PoisonError::into_inner).fork()
    }
}

#[async_trait]
impl Evaluator for LlmEvaluator {
    fn name(&self) -> &'static str {
        "llm"
    }

    async fn evaluate(&self, comparison: &Comparison, executor: &dyn Executor) -> Result<Verdict> {
        let Some(judge) = &comparison.judge else { return Ok(Verdict::default()) };
        let mut random = self.random();
        let first = if random.bool() { Order::Swapped } else { Order::Given };
        let material = Material::new(comparison, &self.criteria);
        let fence = material.fence(&mut random);
        let mut hearing = Hearing::new(first);
        if self.is_thorough {
            hearing = hearing.in_both_orders();
        }
        while let Some(order) = hearing.next_order() {
            let question = material.question(&fence, order == Order::Swapped);
            hearing.hear(ask(judge, question, executor).await?);
        }
        Ok(hearing.verdict())
    }
}

/// What the judge says, reminded once.
async fn ask(
    judge: &Candidate,
    question: ChatRequest,
    executor: &dyn Executor,
) -> Result<Option<Preference>> {
    let words = executor.consult(judge, question.clone()).await?.text();
    if let Some(said) = parse_verdict(&words) {
        return Ok(Some(said));
    }
    let words = executor.consult(judge, ask_again(&question, &words)).await?.text();
    Ok(parse_verdict(&words))
}
