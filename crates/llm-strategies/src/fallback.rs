//! The strategy that asks the chain in the order of its configuration.

use async_trait::async_trait;
use llm_core::{Answer, ChatRequest, Executor, Plan, Result, Strategy};

/// Asks the candidates in configured order, however fast they are, until one answers.
///
/// A model named by the caller stands first.
#[derive(Clone, Copy, Debug, Default)]
pub struct Fallback;

#[async_trait]
impl Strategy for Fallback {
    fn name(&self) -> &'static str {
        "fallback"
    }

    async fn run(&self, _: &ChatRequest, plan: Plan, executor: &dyn Executor) -> Result<Answer> {
        executor.deliver(&plan.candidates).await
    }
}
