//! One attempt: one call of a provider, under every time limit.

use std::{future::Future, sync::Arc, time::Duration};

use futures_util::StreamExt;
use llm_core::{
    ChatRequest, ChatResponse, Error, ErrorKind, ResponseFormat, ResponseStream, Result,
    StreamEvent,
};
use tokio::time::{Instant, timeout_at};

use super::{
    clock::later, delivery::Delivery, reading::Reading, stop::cut, usable::flaw, visit::Visit,
};

/// How long the usage may follow behind the finish reason.
const AFTER_FINISH: Duration = Duration::from_secs(2);

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

/// An attempt whose answer has begun.
pub(crate) struct Begun {
    answer: Beginning,
    /// What form of answer it is held to.
    format: Option<ResponseFormat>,
    /// What ends its text, also where the model was not told.
    stop: Arc<[String]>,
    limits: Limits,
}

impl Begun {
    /// Whether content has come, or only the word that there is none.
    pub(crate) const fn has_content(&self) -> bool {
        match &self.answer {
            Beginning::Whole(_) => true,
            Beginning::Stream { has_content, .. } => *has_content,
        }
    }
}

enum Beginning {
    Whole(Box<ChatResponse>),
    /// Up to the first content, or to the end of a stream without any.
    Stream {
        events: Vec<StreamEvent>,
        rest: Option<ResponseStream>,
        has_content: bool,
    },
}

/// Calls the visited model once, and waits for the first content of its answer.
pub(crate) async fn begin(
    visit: &mut Visit<'_>,
    mut request: ChatRequest,
    limits: Limits,
) -> Result<Begun, Failed> {
    let target = &visit.member.target;
    let provider = target.provider.clone().map_err(|reason| {
        Error::new(ErrorKind::Internal, format!("a model that cannot serve was called: {reason}"))
    })?;
    let model = target.model.model.clone();
    let format = request.response_format.clone().filter(|_| visit.checks_json());
    let stop = Arc::clone(&request.sampling.stop);
    if target.capabilities.stop == Some(false) {
        request.sampling.stop = Arc::default();
    }
    let started = Instant::now();
    let answer = if visit.streams() {
        let opening = provider.stream(&model, request);
        let stream = before(opening, started, &limits).await??;
        first_content(stream, started, visit, &limits).await?
    } else {
        let response = provider.chat(&model, request);
        let response = before(response, started, &limits).await??;
        visit.content_arrived();
        if let Some(usage) = &response.usage {
            visit.usage_arrived(usage);
        }
        Beginning::Whole(Box::new(response))
    };
    Ok(Begun { answer, format, stop, limits })
}

/// Reads the answer to its end; content goes to the caller as it comes.
pub(crate) async fn finish(
    begun: Begun,
    visit: &mut Visit<'_>,
    delivery: &mut Delivery,
) -> Result<ChatResponse, Failed> {
    let Begun { answer, format, stop, limits } = begun;
    let response = match answer {
        Beginning::Whole(response) => cut(*response, &stop),
        Beginning::Stream { events, rest, .. } => {
            let mut reading = Reading::new(&stop, delivery);
            match read(events, rest, visit, &limits, &mut reading).await {
                Ok(()) => reading.finish().await?,
                Err(failed) => {
                    reading.break_off().await;
                    return Err(failed);
                }
            }
        }
    };
    match flaw(format.as_ref(), &response) {
        Some(error) if visit.member.target.reactions.accept(error.kind()) => {
            visit.note_flaw(&error);
        }
        Some(error) => return Err(error.into()),
        None => {}
    }
    Ok(response)
}

/// Reads a stream up to its first content, or to the word that it ends without any.
async fn first_content(
    mut stream: ResponseStream,
    started: Instant,
    visit: &mut Visit<'_>,
    limits: &Limits,
) -> Result<Beginning, Failed> {
    let mut events = Vec::new();
    let first = (later(started, limits.first_token), ErrorKind::FirstTokenTimeout);
    let (due, kind) = first.min((later(Instant::now(), limits.progress), ErrorKind::NoProgress));
    loop {
        let Ok(event) = timeout_at(due.min(limits.deadline), stream.next()).await else {
            return Err(timed_out(kind, limits));
        };
        let Some(event) = event else {
            return Ok(Beginning::Stream { events, rest: None, has_content: false });
        };
        let event = event?;
        let is_content = event.is_content();
        let is_over = matches!(event, StreamEvent::Finish { .. });
        if let StreamEvent::Usage(usage) = &event {
            visit.usage_arrived(usage);
        }
        // The same word about the answer for ever must not fill the memory.
        if event != StreamEvent::KeepAlive && events.last() != Some(&event) {
            events.push(event);
        }
        if is_content {
            visit.content_arrived();
        }
        if is_content || is_over {
            let rest = Some(stream);
            return Ok(Beginning::Stream { events, rest, has_content: is_content });
        }
    }
}

/// Reads the rest of a stream whose first `events` have come.
async fn read(
    events: Vec<StreamEvent>,
    rest: Option<ResponseStream>,
    visit: &mut Visit<'_>,
    limits: &Limits,
    reading: &mut Reading<'_>,
) -> Result<(), Failed> {
    for event in events {
        reading.take(event).await;
    }
    if reading.is_finished() {
        visit.answer_ended();
    }
    let Some(mut stream) = rest else { return Ok(()) };
    let mut last_sign = Instant::now();
    let mut last_content = last_sign;
    loop {
        // Of a whole answer nothing but its usage is still to come.
        let quiet = if reading.is_finished() { limits.idle.min(AFTER_FINISH) } else { limits.idle };
        let idle = (later(last_sign, quiet), ErrorKind::IdleTimeout);
        let (due, kind) = idle.min((later(last_content, limits.progress), ErrorKind::NoProgress));
        let wake = due.min(limits.deadline);
        let wake = reading.delivery.commit_due().map_or(wake, |commit| commit.min(wake));
        let event = match timeout_at(wake, stream.next()).await {
            Ok(Some(Ok(event))) => event,
            Ok(None) => return Ok(()),
            Err(_) if reading.commit_is_due() => {
                reading.delivery.commit().await;
                continue;
            }
            // The answer is whole: what may still come would only say what it took.
            Ok(Some(Err(_))) | Err(_) if reading.is_whole() => return Ok(()),
            Ok(Some(Err(error))) => return Err(error.into()),
            Err(_) => return Err(timed_out(kind, limits)),
        };
        let is_content = event.is_content();
        if let StreamEvent::Usage(usage) = &event {
            visit.usage_arrived(usage);
        }
        let offered = Instant::now();
        reading.take(event).await;
        // From here on the provider is waited for; until now it was the reader.
        last_sign = Instant::now();
        visit.reader_took(last_sign.duration_since(offered));
        if reading.is_finished() {
            visit.answer_ended();
        }
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
