//! The endpoints as providers: what a call comes to is for the world to say.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use futures_util::{StreamExt, stream};
use llm_core::{
    ChatRequest, ChatResponse, Error, ErrorKind, FinishReason, Message, ModelId, ModelInfo, Part,
    Provider, ProviderId, ResponseBuilder, ResponseStream, Result, StreamEvent, Usage,
};
use tokio::time::{Instant, sleep, sleep_until};

use super::world::{Fate, Fault, World};

/// The longest silence in an answer that is being written.
const PIECE_EVERY: Duration = Duration::from_secs(2);

/// Every endpoint of a run, and what was asked of them.
#[derive(Debug)]
pub struct Upstreams {
    world: Arc<World>,
    began: Instant,
    calls: Mutex<BTreeMap<(usize, usize), usize>>,
}

impl Upstreams {
    /// The endpoints of a run that begins now.
    pub fn new(world: Arc<World>) -> Arc<Self> {
        Arc::new(Self { world, began: Instant::now(), calls: Mutex::default() })
    }

    /// The world they are part of.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// The moment this long after the beginning of the run.
    pub fn moment(&self, at: Duration) -> Instant {
        self.began + at
    }

    /// How long the run has lasted.
    pub fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// Calls made so far.
    pub fn n_calls(&self) -> usize {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).values().sum()
    }

    /// Endpoints asked for a request so far.
    pub fn n_asked(&self, request: usize) -> usize {
        let calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        calls.range((request, 0)..(request + 1, 0)).count()
    }

    /// Calls an endpoint for a request; what will become of it.
    pub fn call(&self, request: usize, endpoint: usize) -> Fate {
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        let number = calls.entry((request, endpoint)).or_default();
        let fate = self.world.fate(request, endpoint, *number, self.elapsed());
        *number += 1;
        fate
    }

    /// The endpoints as providers, in chain order.
    pub fn providers(self: &Arc<Self>) -> Vec<Arc<dyn Provider>> {
        let names = self.world.endpoints().iter().map(|endpoint| endpoint.name.as_str());
        names
            .enumerate()
            .map(|(place, name)| {
                let id = ProviderId::from(name);
                Arc::new(RecordedProvider { id, place, all: Arc::clone(self) }) as Arc<dyn Provider>
            })
            .collect()
    }
}

/// A request of this number in a run.
pub fn request(number: usize) -> ChatRequest {
    ChatRequest::from(number.to_string())
}

/// An endpoint that takes the time it was recorded to take.
#[derive(Debug)]
struct RecordedProvider {
    id: ProviderId,
    place: usize,
    all: Arc<Upstreams>,
}

#[async_trait]
impl Provider for RecordedProvider {
    fn id(&self) -> &ProviderId {
        &self.id
    }

    async fn chat(&self, model: &ModelId, request: ChatRequest) -> Result<ChatResponse> {
        let mut events = self.stream(model, request).await?;
        let mut builder = ResponseBuilder::default();
        while let Some(event) = events.next().await {
            builder.push(event?);
        }
        builder.finish()
    }

    async fn stream(&self, model: &ModelId, request: ChatRequest) -> Result<ResponseStream> {
        let number = number(&request).ok_or_else(|| {
            Error::new(ErrorKind::InvalidRequest, "the request has no number")
                .with_origin(&self.id, model)
        })?;
        let called = Instant::now();
        match self.all.call(number, self.place) {
            Fate::Failed { after, fault } => {
                sleep(after).await;
                Err(error(fault).with_origin(&self.id, model))
            }
            Fate::Answered { first_token, total } => {
                let tokens = self.all.world.requests().get(number).map_or(0, |made| made.tokens);
                let events = stream::iter(answer(first_token, total, tokens));
                let timed = events.then(move |(after, event)| async move {
                    sleep_until(called + after).await;
                    Ok(event)
                });
                Ok(timed.boxed())
            }
        }
    }

    async fn models(&self) -> Result<Vec<ModelInfo>> {
        Ok(Vec::new())
    }
}

/// What comes when.
fn answer(first_token: Duration, total: Duration, tokens: u32) -> Vec<(Duration, StreamEvent)> {
    let mut events = Vec::new();
    let mut at = first_token;
    while at < total {
        events.push((at, StreamEvent::Text("and ".to_owned())));
        at += PIECE_EVERY;
    }
    events.push((total, StreamEvent::Text("so on".to_owned())));
    events.push((total, StreamEvent::Finish { reason: FinishReason::Stop, native: None }));
    events.push((total, StreamEvent::Usage(Usage::of(1, u64::from(tokens)))));
    events
}

fn error(fault: Fault) -> Error {
    let (kind, status) = match fault {
        Fault::RateLimited => (ErrorKind::RateLimited, 429),
        Fault::Server => (ErrorKind::UpstreamServer, 500),
        Fault::Overloaded => (ErrorKind::Overloaded, 503),
    };
    Error::new(kind, "a replayed fault").with_status(status)
}

fn number(request: &ChatRequest) -> Option<usize> {
    let parts = request.messages.last().map_or(&[][..], Message::content);
    parts.first().and_then(Part::as_text)?.parse().ok()
}
