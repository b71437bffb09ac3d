//! From a body's chunks to frames, one at a time.

use std::collections::VecDeque;

use futures_core::Stream;
use futures_util::stream;
use llm_core::{Error, ErrorKind, Result};

use crate::{frame::Frame, lines::LineParser, response::HttpResponse, sse::SseParser, transport};

/// A body being read. Holds no more than one chunk's frames beyond what was asked for.
pub(crate) struct Frames {
    /// `None` once it has ended: the connection is given back or closed at once.
    body: Option<HttpResponse>,
    parser: Parser,
    ready: VecDeque<Frame>,
    /// Comes after what is ready.
    failure: Option<Error>,
}

impl Frames {
    /// Reads `body`, unless it is already known to be unreadable.
    pub(crate) fn new(body: HttpResponse, unreadable: Option<Error>, parser: Parser) -> Self {
        Self {
            body: unreadable.is_none().then_some(body),
            parser,
            ready: VecDeque::new(),
            failure: unreadable,
        }
    }

    pub(crate) fn into_stream(self) -> impl Stream<Item = Result<Frame>> + Send + 'static {
        stream::unfold(self, |mut frames| async move {
            let item = frames.next().await?;
            Some((item, frames))
        })
    }

    async fn next(&mut self) -> Option<Result<Frame>> {
        loop {
            if let Some(frame) = self.ready.pop_front() {
                return Some(Ok(frame));
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

/// How the body's frames are told apart.
pub(crate) enum Parser {
    Events(SseParser),
    Lines(LineParser),
}

impl Parser {
    fn push(&mut self, bytes: &[u8], frames: &mut VecDeque<Frame>) -> Result<()> {
        match self {
            Self::Events(parser) => parser.push(bytes, frames),
            Self::Lines(parser) => parser.push(bytes, frames),
        }
    }

    fn finish(&mut self, frames: &mut VecDeque<Frame>) -> Result<()> {
        match self {
            Self::Events(parser) => parser.finish(frames),
            Self::Lines(parser) => parser.finish(frames),
        }
    }
}
