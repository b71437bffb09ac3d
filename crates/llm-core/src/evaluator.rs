//! The trait of whoever compares two answers.

use std::fmt::Debug;

use async_trait::async_trait;

use crate::{
    compare::Verdict,
    error::Result,
    request::ChatRequest,
    response::ChatResponse,
    strategy::{Candidate, Executor},
};

/// Says which of two answers to a request is better.
///
/// # Contract
///
/// The verdict is advice on quality, never a safety control. An evaluator that cannot tell returns
/// an undecided verdict; it never prefers an answer for its place. It calls a model only through
/// the executor it is handed.
///
/// # Cancellation
///
/// Dropping the future drops its calls.
///
/// # Errors
///
/// Whatever kept it from judging. A failed evaluator never fails the request.
///
/// # Example
///
/// ```
/// use async_trait::async_trait;
/// use llm_core::{Comparison, Evaluator, Executor, Preference, Result, Verdict};
///
/// /// Prefers the shorter answer.
/// #[derive(Debug)]
/// struct Brevity;
///
/// #[async_trait]
/// impl Evaluator for Brevity {
///     fn name(&self) -> &str {
///         "brevity"
///     }
///
///     async fn evaluate(&self, comparison: &Comparison, _: &dyn Executor) -> Result<Verdict> {
///         let lengths = [&comparison.first, &comparison.second].map(|answer| answer.text().len());
///         let preference = match lengths[0].cmp(&lengths[1]) {
///             std::cmp::Ordering::Less => Preference::FirstBetter,
///             std::cmp::Ordering::Equal => Preference::Tie,
///             std::cmp::Ordering::Greater => Preference::SecondBetter,
///         };
///         Ok(Verdict { score: preference.grade(), preferences: vec![Some(preference)] })
///     }
/// }
/// ```
#[async_trait]
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not compare answers",
    note = "implement `llm_core::Evaluator` with `#[async_trait]`"
)]
pub trait Evaluator: Debug + Send + Sync + 'static {
    /// The evaluator's name in logs and reports.
    fn name(&self) -> &str;

    /// Compares the two answers.
    async fn evaluate(&self, comparison: &Comparison, executor: &dyn Executor) -> Result<Verdict>;
}

const _: fn(&dyn Evaluator) = |_| {};

/// Two answers to one request, and who may judge them.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Comparison {
    /// What was asked.
    pub request: ChatRequest,
    /// One answer.
    pub first: ChatResponse,
    /// The other.
    pub second: ChatResponse,
    /// The model that may be asked; `None` where there is none.
    pub judge: Option<Candidate>,
}

impl Comparison {
    /// `first` against `second`, without a judge.
    pub fn new(request: ChatRequest, first: ChatResponse, second: ChatResponse) -> Self {
        Self { request, first, second, judge: None }
    }

    /// Names the model that may be asked.
    #[must_use]
    pub fn with_judge(mut self, judge: Candidate) -> Self {
        self.judge = Some(judge);
        self
    }
}
