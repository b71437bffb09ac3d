//! One attempt: one call of a provider, under every time limit.

use std::{future::Future, time::Duration};

use futures_util::StreamExt;
use llm_core::{
    ChatRequest, ChatResponse, Error, ErrorKind, ResponseBuilder, ResponseStream, Result,
};
use tokio::time::{Instant, timeout_at};

use super::{clock::later, delivery::Delivery, usable::flaw, visit::Visit};

/// How long an attempt may wait for what.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// From the call to the first content, or to the whole answer without a stream.
    pub(crate) first_token: Duration,
    /// Whether the deadline made it shorter than configured.
    pub(crate) shortened: bool,
    /// Between two signs of life, once content has come.
    pub(crate) idle: Duration,
    /// Between two pieces of content.
    pub(crate) progress: Duration,
    /// When the whole request must be over.
    pub(crate) deadline: Instant,
}

/// A failed attempt, and whether it counts for the model's health.
#[derive(Debug)]
pub(crate) struct Failed {
    pub(crate) error: Error,
    pub(crate) counts: bool,
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self { error, counts: true }
    }
}

/// Calls the visited model once and returns its whole answer.
pub(crate) async fn attempt(
    visit: &mut Visit<'_>,
    request: ChatRequest,
    limits: Limits,
    delivery: &mut Delivery,
) -> Result<ChatResponse, Failed> {
    let target = &visit.member.target;
    let provider = target.provider.clone().map_err(|reason| {
        Error::new(ErrorKind::Internal, format!("a model that cannot serve was called: {reason}"))
    })?;
    let model = target.model.model.clone();
    let upstream_stream = target.upstream_stream;
    let asked = request.clone();
    let started = Instant::now();
    let response = if upstream_stream {
        let opening = provider.stream(&model, request);
        let stream = before(opening, started, &limits).await??;
        read(stream, started, visit, limits, delivery).await?
    } else {
        let response = provider.chat(&model, request);
        let response = before(response, started, &limits).await??;
        visit.content_arrived();
        response
    };
    match flaw(&asked, &response) {
        Some(error) if visit.member.target.reactions.accept(error.kind()) => {
            visit.note_flaw(&error);
        }
        Some(error) => return Err(error.into()),
        None => {}
    }
    Ok(response)
}

/// Reads a stream to its end.
async fn read(
    mut stream: ResponseStream,
    started: Instant,
    visit: &mut Visit<'_>,
    limits: Limits,
    delivery: &mut Delivery,
) -> Result<ChatResponse, Failed> {
    let mut builder = ResponseBuilder::default();
    let opened = Instant::now();
    let (mut last_sign, mut last_content) = (opened, opened);
    loop {
        let (due, kind) = if builder.has_content() {
            let idle = (later(last_sign, limits.idle), ErrorKind::IdleTimeout);
            idle.min((later(last_content, limits.progress), ErrorKind::NoProgress))
        } else {
            let first = (later(started, limits.first_token), ErrorKind::FirstTokenTimeout);
            first.min((later(opened, limits.progress), ErrorKind::NoProgress))
        };
        let wake = due.min(limits.deadline);
        let wake = delivery.commit_due().map_or(wake, |commit| commit.min(wake));
        let event = match timeout_at(wake, stream.next()).await {
            Ok(Some(event)) => event?,
            Ok(None) => return builder.finish().map_err(Failed::from),
            Err(_) if delivery.commit_due().is_some_and(|commit| commit <= Instant::now()) => {
                delivery.commit().await;
                continue;
            }
            Err(_) => return Err(timed_out(kind, &limits)),
        };
        let is_content = event.is_content();
        if is_content {
            visit.content_arrived();
        }
        delivery.offer(&event).await;
        builder.push(event);
        // From here on the provider is waited for; until now it was the reader.
        last_sign = Instant::now();
        if is_content {
            last_content = last_sign;
        }
    }
}

/// Waits for the first sign of an answer to a call that began at `started`.
async fn before<F: Future>(
    future: F,
    started: Instant,
    limits: &Limits,
) -> Result<F::Output, Failed> {
    let due = later(started, limits.first_token).min(limits.deadline);
    let waited = timeout_at(due, future).await;
    waited.map_err(|_| timed_out(ErrorKind::FirstTokenTimeout, limits))
}

/// The error of a limit that passed: the request's deadline, if that has passed too.
fn timed_out(kind: ErrorKind, limits: &Limits) -> Failed {
    if Instant::now() >= limits.deadline {
        let error = Error::new(ErrorKind::Deadline, "the deadline of the request passed");
        return Failed { error, counts: false };
    }
    let (message, counts) = match kind {
        ErrorKind::IdleTimeout => (format!("silent for {:.1?} in mid-answer", limits.idle), true),
        ErrorKind::NoProgress => (format!("no content for {:.1?}", limits.progress), true),
        _ => (format!("no first token within {:.1?}", limits.first_token), !limits.shortened),
    };
    Failed { error: Error::new(kind, message), counts }
}
