//! Requests at given moments, and what became of them.

use std::time::Duration;

use anyhow::Result;
use futures_util::{StreamExt, future::join_all};
use llm_core::{Attempt, History, Outcome};
use llm_manager::{GenerateOptions, LlmManager};
use tokio::time::{Instant, sleep_until};

/// A request to come.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ask {
    /// When, after the load began.
    pub(super) at: Duration,
    /// Whether the caller reads the answer as it is made.
    pub(super) streamed: bool,
}

/// What became of a request.
#[derive(Clone, Debug)]
pub(super) struct Record {
    /// When it was asked, after the load began.
    pub(super) asked: Duration,
    /// Until the answer was whole, or the error came.
    pub(super) elapsed: Duration,
    /// The model that answered; `None` for an error.
    pub(super) by: Option<String>,
    /// Every call made for it, the judge's too.
    pub(super) attempts: Vec<Attempt>,
    /// Tokens of the prompt, as the model that answered counted them.
    pub(super) prompt_tokens: Option<u64>,
}

impl Record {
    pub(super) const fn is_served(&self) -> bool {
        self.by.is_some()
    }

    /// When an attempt of it began, after the load did.
    pub(super) fn began(&self, attempt: &Attempt) -> Duration {
        self.asked + attempt.started
    }

    /// Its attempts, each with when it began after the load did.
    pub(super) fn begun(&self) -> impl Iterator<Item = (Duration, &Attempt)> {
        self.attempts.iter().map(|attempt| (self.began(attempt), attempt))
    }

    /// Whether an attempt on `model` was made for it.
    pub(super) fn asked_of(&self, model: &str) -> bool {
        self.attempts.iter().any(|attempt| attempt.model == model)
    }

    fn answered(asked: Duration, outcome: &Outcome) -> Self {
        let usage = outcome.response.usage.as_ref();
        Self {
            asked,
            elapsed: outcome.elapsed(),
            by: Some(outcome.model().as_str().to_owned()),
            attempts: attempts(&outcome.history),
            prompt_tokens: usage.and_then(|usage| usage.input_tokens),
        }
    }

    fn failed(asked: Duration, error: &llm_core::Error) -> Self {
        Self {
            asked,
            elapsed: error.elapsed().unwrap_or_default(),
            by: None,
            attempts: error.history().map(attempts).unwrap_or_default(),
            prompt_tokens: None,
        }
    }
}

fn attempts(history: &History) -> Vec<Attempt> {
    let judge = history.judgement.iter().flat_map(|judgement| &judgement.attempts);
    history.attempts.iter().chain(judge).cloned().collect()
}

/// One request every `gap`.
pub(super) fn steady(count: u32, gap: Duration) -> impl Iterator<Item = Ask> {
    (0..count).map(move |number| Ask { at: gap * number, streamed: false })
}

/// Asks everything at its moment, whether or not earlier requests have ended, and waits for the
/// last answer.
pub(super) async fn ask_all(
    manager: &LlmManager,
    asks: impl Iterator<Item = Ask>,
    options: &GenerateOptions,
) -> Result<Vec<Record>> {
    let began = Instant::now();
    let requests = asks.map(|ask| async move {
        sleep_until(began + ask.at).await;
        one(manager, ask, options).await
    });
    join_all(requests).await.into_iter().collect()
}

pub(super) async fn one(
    manager: &LlmManager,
    ask: Ask,
    options: &GenerateOptions,
) -> Result<Record> {
    let prompt = "Which of the two is older?";
    if !ask.streamed {
        return Ok(match manager.generate_response(prompt, options).await {
            Ok(outcome) => Record::answered(ask.at, &outcome),
            Err(error) => Record::failed(ask.at, &error),
        });
    }
    let mut stream = manager.stream(prompt, options)?;
    while let Some(event) = stream.next().await {
        if let Err(error) = event {
            return Ok(Record::failed(ask.at, &error));
        }
    }
    let outcome = stream.outcome();
    let outcome = outcome.ok_or_else(|| anyhow::anyhow!("a stream ended without an outcome"))?;
    Ok(Record::answered(ask.at, outcome))
}
