//! From a body's chunks to events, one at a time.

use std::collections::VecDeque;

use futures_core::Stream;
use futures_util::stream;
use llm_core::{Error, ErrorKind, Result};

use crate::{
    response::HttpResponse,
    sse::{SseEvent, SseLimits, SseParser},
    transport,
};

/// A body being read. Holds no more than one chunk's events beyond what was asked for.
pub(crate) struct Events {
    /// `None` once it has ended: the connection is given back or closed at once.
    body: Option<HttpResponse>,
    parser: SseParser,
    ready: VecDeque<SseEvent>,
    /// Comes after what is ready.
    failure: Option<Error>,
}

impl Events {
    /// Reads `body`, unless it is already known to be unreadable.
    pub(crate) fn new(body: HttpResponse, unreadable: Option<Error>, limits: SseLimits) -> Self {
        Self {
            body: unreadable.is_none().then_some(body),
            parser: SseParser::with_limits(limits),
            ready: VecDeque::new(),
            failure: unreadable,
        }
    }

    pub(crate) fn into_stream(self) -> impl Stream<Item = Result<SseEvent>> + Send + 'static {
        stream::unfold(self, |mut events| async move {
            let item = events.next().await?;
            Some((item, events))
        })
    }

    async fn next(&mut self) -> Option<Result<SseEvent>> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(Ok(event));
            }
            let Some(body) = &mut self.body else {
                return self.failure.take().map(Err);
            };
            let progress = match body.chunk().await {
                Ok(Some(chunk)) => self.parser.push(&chunk, &mut self.ready),
                Ok(None) => {
                    self.body = None;
                    self.parser.finish(&mut self.ready)
                }
                Err(error) => Err(transport::in_body(&error, ErrorKind::StreamCut)),
            };
            if let Err(failure) = progress {
                self.body = None;
                self.failure = Some(failure);
            }
        }
    }
}
