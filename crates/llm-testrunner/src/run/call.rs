//! One call under every time limit.

use std::time::Duration;

use futures_util::StreamExt;
use llm_core::{
    ChatRequest, ChatResponse, Error, ErrorKind, FinishReason, Provider, ResponseBuilder, Result,
    StreamEvent,
};
use tokio::time::{Instant, timeout_at};

use super::schedule::Job;
use crate::target::TestTarget;

/// What came back from a call, and when.
#[derive(Debug)]
pub(super) struct Measured {
    pub(super) result: Result<ChatResponse>,
    pub(super) elapsed: Duration,
    /// Until the first content or reasoning.
    pub(super) first_token: Option<Duration>,
    /// Until the first content that is not reasoning.
    pub(super) first_content: Option<Duration>,
    /// The limit that ended it.
    pub(super) limit: Option<Duration>,
}

/// Calls `provider` once, whatever comes back.
pub(super) async fn call(
    provider: &dyn Provider,
    target: &TestTarget,
    job: &Job,
    timeout: Duration,
) -> Measured {
    let mut watch = Watch::new(target, timeout);
    let request = job.request.clone();
    let result = if job.streamed {
        streamed(provider, target, request, &mut watch).await
    } else {
        whole(provider, target, request, &mut watch).await
    };
    let result = result.and_then(accept);
    Measured {
        result: result
            .map_err(|error| error.with_origin(&target.model.provider, &target.model.model)),
        elapsed: watch.started.elapsed(),
        first_token: watch.first_token,
        first_content: watch.first_content,
        limit: watch.limit,
    }
}

async fn whole(
    provider: &dyn Provider,
    target: &TestTarget,
    request: ChatRequest,
    watch: &mut Watch,
) -> Result<ChatResponse> {
    match timeout_at(watch.deadline, provider.chat(&target.model.model, request)).await {
        Ok(result) => result,
        Err(_) => Err(watch.expired(ErrorKind::Deadline, watch.timeout)),
    }
}

async fn streamed(
    provider: &dyn Provider,
    target: &TestTarget,
    request: ChatRequest,
    watch: &mut Watch,
) -> Result<ChatResponse> {
    let limit = watch.next_limit();
    let opened = timeout_at(limit.at, provider.stream(&target.model.model, request)).await;
    let mut events = opened.map_err(|_| watch.expired(limit.kind, limit.length))??;
    let mut builder = ResponseBuilder::default();
    loop {
        let limit = watch.next_limit();
        match timeout_at(limit.at, events.next()).await {
            Err(_) => return Err(watch.expired(limit.kind, limit.length)),
            Ok(None) => return builder.finish(),
            Ok(Some(event)) => {
                let event = event?;
                watch.saw(&event);
                builder.push(event);
            }
        }
    }
}

/// An answer that ran into the limit of tokens is an answer: the model is there. One that stopped
/// by itself and holds nothing is none.
fn accept(response: ChatResponse) -> Result<ChatResponse> {
    if !response.is_empty() || response.finish_reason == Some(FinishReason::Length) {
        Ok(response)
    } else if response.finish_reason == Some(FinishReason::ContentFilter) {
        Err(Error::new(ErrorKind::ContentPolicy, "a filter cut the whole answer"))
    } else {
        Err(Error::new(ErrorKind::EmptyContent, "the answer holds neither text nor a tool call"))
    }
}

/// Watches the limits of one call.
#[derive(Debug)]
struct Watch {
    started: Instant,
    deadline: Instant,
    timeout: Duration,
    first_token_limit: Duration,
    idle_limit: Duration,
    progress_limit: Duration,
    last_sign: Instant,
    last_content: Instant,
    first_token: Option<Duration>,
    first_content: Option<Duration>,
    limit: Option<Duration>,
}

/// The limit that ends a call next.
#[derive(Clone, Copy, Debug)]
struct Limit {
    at: Instant,
    kind: ErrorKind,
    length: Duration,
}

impl Watch {
    fn new(target: &TestTarget, timeout: Duration) -> Self {
        let started = Instant::now();
        Self {
            started,
            deadline: started + timeout,
            timeout,
            first_token_limit: target.first_token,
            idle_limit: target.idle,
            progress_limit: target.progress,
            last_sign: started,
            last_content: started,
            first_token: None,
            first_content: None,
            limit: None,
        }
    }

    fn next_limit(&self) -> Limit {
        let limit = |from: Instant, length, kind| Limit { at: from + length, kind, length };
        let total = limit(self.started, self.timeout, ErrorKind::Deadline);
        let candidates = if self.first_token.is_some() {
            [
                limit(self.last_sign, self.idle_limit, ErrorKind::IdleTimeout),
                limit(self.last_content, self.progress_limit, ErrorKind::NoProgress),
            ]
        } else {
            [limit(self.started, self.first_token_limit, ErrorKind::FirstTokenTimeout), total]
        };
        candidates
            .into_iter()
            .fold(total, |first, next| if next.at < first.at { next } else { first })
    }

    fn saw(&mut self, event: &StreamEvent) {
        let now = Instant::now();
        let elapsed = now.duration_since(self.started);
        self.last_sign = now;
        if event.is_content() {
            self.last_content = now;
            self.first_token.get_or_insert(elapsed);
            if !matches!(event, StreamEvent::Reasoning(_)) {
                self.first_content.get_or_insert(elapsed);
            }
        }
    }

    fn expired(&mut self, kind: ErrorKind, length: Duration) -> Error {
        self.limit = Some(length);
        let seconds = length.as_secs_f64();
        let message = match kind {
            ErrorKind::FirstTokenTimeout => format!("no content within {seconds} s"),
            ErrorKind::IdleTimeout => format!("silent for {seconds} s"),
            ErrorKind::NoProgress => format!("no content for {seconds} s"),
            _ => format!("no whole answer within {seconds} s"),
        };
        Error::new(kind, message)
    }
}
