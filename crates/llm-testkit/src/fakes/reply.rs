//! Plays one step of a script.

use std::{collections::VecDeque, future, time::Duration};

use futures_util::{StreamExt, stream};
use llm_core::{
    ChatResponse, Error, ErrorKind, ModelId, ProviderId, ResponseBuilder, ResponseStream, Result,
    StreamEvent,
};
use tokio::time::sleep;

use super::{
    call_log::{CallEnd, CallGuard},
    step::{Last, Step},
};

/// A step being played for one call.
#[derive(Debug)]
pub(super) struct Playback {
    origin: (ProviderId, ModelId),
    events: VecDeque<Result<StreamEvent>>,
    gap: Duration,
    last: Last,
    finished: bool,
    over: bool,
    call: CallGuard,
}

impl Playback {
    /// Waits as long as the step does and accepts the call, or refuses it.
    pub(super) async fn accept(
        step: Step,
        provider: &ProviderId,
        model: &ModelId,
        call: CallGuard,
    ) -> Result<Self> {
        wait(step.accept_after).await;
        if let Some(error) = step.refusal {
            call.end(CallEnd::Failed(error.kind()));
            return Err(error.with_origin(provider, model));
        }
        Ok(Self {
            origin: (provider.clone(), model.clone()),
            events: step.events.into(),
            gap: step.gap,
            last: step.last,
            finished: false,
            over: false,
            call,
        })
    }

    /// The whole answer, after as long as its events take.
    pub(super) async fn whole(mut self) -> Result<ChatResponse> {
        let mut builder = ResponseBuilder::default();
        while let Some(event) = self.next().await {
            builder.push(event?);
        }
        builder.finish().map_err(|error| error.with_origin(&self.origin.0, &self.origin.1))
    }

    /// The answer as it is made.
    pub(super) fn into_stream(self) -> ResponseStream {
        stream::unfold(self, async |mut playback| {
            let event = playback.next().await?;
            Some((event, playback))
        })
        .boxed()
    }

    async fn next(&mut self) -> Option<Result<StreamEvent>> {
        if self.over {
            return None;
        }
        let event = match self.events.pop_front() {
            Some(event) => {
                wait(self.gap).await;
                event
            }
            None => self.after_the_last().await?,
        };
        self.finished |= matches!(event, Ok(StreamEvent::Finish { .. }));
        if let Err(error) = &event {
            self.over = true;
            self.call.end(CallEnd::Failed(error.kind()));
        } else if self.events.is_empty() && self.last == Last::End {
            self.end();
        }
        Some(event.map_err(|error| error.with_origin(&self.origin.0, &self.origin.1)))
    }

    async fn after_the_last(&mut self) -> Option<Result<StreamEvent>> {
        match &self.last {
            Last::End => {
                self.end();
                None
            }
            Last::Hang => future::pending().await,
            Last::Repeat(gap, event) => {
                wait(*gap).await;
                // Without a pause the reader would never let anything else run.
                tokio::task::yield_now().await;
                Some(Ok(event.clone()))
            }
        }
    }

    fn end(&mut self) {
        self.over = true;
        let cut = CallEnd::Failed(ErrorKind::StreamCut);
        self.call.end(if self.finished { CallEnd::Answered } else { cut });
    }
}

/// Waits; [`Duration::MAX`] is for ever, and zero does not even yield.
pub(super) async fn wait(delay: Duration) {
    match delay {
        Duration::ZERO => {}
        Duration::MAX => future::pending().await,
        delay => sleep(delay).await,
    }
}

/// The error of a model the script does not know.
pub(super) fn unknown_model(provider: &ProviderId, model: &ModelId) -> Error {
    Error::new(ErrorKind::ModelNotFound, "the script has no such model; add it with `with_model`")
        .with_status(400)
        .with_origin(provider, model)
}
