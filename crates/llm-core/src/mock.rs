//! Mocks of the traits, for tests that count calls.
//!
//! ```
//! use llm_core::{ChatRequest, ChatResponse, MockProvider, Provider};
//!
//! # tokio_test(async {
//! let mut provider = MockProvider::new();
//! provider.expect_chat().times(1).returning(|_, _| Ok(ChatResponse::from_text("Hello")));
//! let answer = provider.chat(&"any".into(), ChatRequest::from("Hi")).await.unwrap();
//! assert_eq!(answer.text(), "Hello");
//! # });
//! # fn tokio_test(future: impl Future) {
//! #     let waker = std::task::Waker::noop();
//! #     assert!(std::pin::pin!(future).poll(&mut std::task::Context::from_waker(waker)).is_ready());
//! # }
//! ```
#![expect(missing_docs, reason = "mockall writes these items; the traits' own docs hold")]

use std::time::Duration;

use async_trait::async_trait;
use mockall::mock;

use crate::{
    Answer, Candidate, ChatRequest, ChatResponse, Comparison, Evaluator, Executor, ModelId,
    ModelInfo, Plan, Provider, ProviderId, ResponseStream, Result, Strategy, Verdict,
};

mock! {
    #[derive(Debug)]
    pub Provider {}

    #[async_trait]
    impl Provider for Provider {
        fn id(&self) -> &ProviderId;
        async fn chat(&self, model: &ModelId, request: ChatRequest) -> Result<ChatResponse>;
        async fn stream(&self, model: &ModelId, request: ChatRequest) -> Result<ResponseStream>;
        async fn models(&self) -> Result<Vec<ModelInfo>>;
    }
}

mock! {
    #[derive(Debug)]
    pub Strategy {
        pub fn name(&self) -> &str;
        // Without the executor, which mockall cannot pass on: a strategy that calls it is better
        // written out.
        pub fn run(&self, request: &ChatRequest, plan: Plan) -> Result<Answer>;
    }
}

#[async_trait]
impl Strategy for MockStrategy {
    fn name(&self) -> &str {
        self.name()
    }

    async fn run(&self, request: &ChatRequest, plan: Plan, _: &dyn Executor) -> Result<Answer> {
        self.run(request, plan)
    }
}

mock! {
    #[derive(Debug)]
    pub Evaluator {
        pub fn name(&self) -> &str;
        pub fn evaluate(&self, comparison: &Comparison) -> Result<Verdict>;
    }
}

#[async_trait]
impl Evaluator for MockEvaluator {
    fn name(&self) -> &str {
        self.name()
    }

    async fn evaluate(&self, comparison: &Comparison, _: &dyn Executor) -> Result<Verdict> {
        self.evaluate(comparison)
    }
}

mock! {
    #[derive(Debug)]
    pub Executor {}

    #[async_trait]
    impl Executor for Executor {
        async fn deliver(&self, chain: &[Candidate]) -> Result<Answer>;
        async fn collect(&self, candidate: &Candidate) -> Result<Answer>;
        async fn consult(&self, judge: &Candidate, request: ChatRequest) -> Result<ChatResponse>;
        fn remaining(&self) -> Duration;
    }
}
