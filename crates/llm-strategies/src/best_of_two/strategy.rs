//! The order of events: two calls at once, a ruling, and the chain when both fail.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use llm_core::{
    Answer, Candidate, ChatRequest, Evaluator, Executor, Judgement, JudgementStatus, ModelRef,
    Plan, Result, Strategy,
};

use super::{
    choice::{contenders, judge, rest},
    race::{Race, race},
    ruling::Case,
};
use crate::single::leading_by_rank;

/// A judge may take at most this long.
const JUDGE_LIMIT: Duration = Duration::from_secs(20);
/// A judge may take at most this part of the deadline.
const JUDGE_SHARE: u32 = 4;

/// Asks two models at once and takes the better answer, as the evaluator sees it.
///
/// The two are the best primaries, filled up from the duplicates, or
/// [configured](Self::with_models) ones. Where one fails or is much slower, the other's answer is
/// taken without a judge; where both fail, the rest of the chain is asked in order. With a single
/// usable candidate it is asked like any other, and nothing is judged.
///
/// In a stream, content comes after the verdict.
///
/// # Cancellation
///
/// Dropping the future drops both calls and the judge's.
#[derive(Clone, Debug)]
pub struct BestOfTwo {
    evaluator: Arc<dyn Evaluator>,
    models: Vec<ModelRef>,
    judge: Option<ModelRef>,
}

impl BestOfTwo {
    /// Lets `evaluator` say which answer is better.
    pub fn new(evaluator: Arc<dyn Evaluator>) -> Self {
        Self { evaluator, models: Vec::new(), judge: None }
    }

    /// Asks the first two of `models` that can serve, whatever their role or speed.
    #[must_use]
    pub fn with_models(mut self, models: Vec<ModelRef>) -> Self {
        self.models = models;
        self
    }

    /// Names the model to ask for a verdict; it needs no role. While it cannot be asked, and
    /// without one, a duplicate that does not compete judges, else any other model of the chain.
    #[must_use]
    pub fn with_judge(mut self, judge: ModelRef) -> Self {
        self.judge = Some(judge);
        self
    }

    async fn rule(
        &self,
        case: Case<'_>,
        plan: &Plan,
        reserve: Duration,
        executor: &dyn Executor,
    ) -> Answer {
        if let Some(ruling) = case.plain() {
            return case.close(ruling, None);
        }
        if executor.remaining() <= reserve {
            let ruling = case.unjudged();
            return case.close(ruling, None);
        }
        let judge = judge(plan, case.pair, self.judge.as_ref());
        let ruling = case.judged(judge, &*self.evaluator, reserve, executor).await;
        case.close(ruling, judge)
    }
}

#[async_trait]
impl Strategy for BestOfTwo {
    fn name(&self) -> &'static str {
        "best_of_two"
    }

    fn models(&self) -> Vec<ModelRef> {
        self.models.iter().chain(&self.judge).cloned().collect()
    }

    async fn run(
        &self,
        request: &ChatRequest,
        plan: Plan,
        executor: &dyn Executor,
    ) -> Result<Answer> {
        let reserve = JUDGE_LIMIT.min(executor.remaining() / JUDGE_SHARE);
        let pair = match <[Candidate; 2]>::try_from(contenders(&plan, &self.models)) {
            Ok(pair) => pair,
            Err(mut fewer) => {
                fewer.extend(leading_by_rank(rest(&plan, &fewer)));
                return executor.deliver(&fewer).await;
            }
        };
        match race(&pair, request, reserve, executor).await {
            Race::Both(answers) => {
                let case = Case { request, pair: &pair, answers: *answers };
                Ok(self.rule(case, &plan, reserve, executor).await)
            }
            Race::One { answer, reason } => {
                let winner = answer.source.clone();
                let judgement = Judgement::new(JudgementStatus::Skipped, winner, reason);
                Ok(answer.with_judgement(judgement))
            }
            Race::Nobody => executor.deliver(&rest(&plan, &pair)).await,
        }
    }
}
