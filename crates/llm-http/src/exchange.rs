//! One call's answer, read from the connection, whatever its wire format.

use std::{collections::VecDeque, time::Duration};

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use llm_core::{
    ChatResponse, Error, ErrorKind, ModelId, ProviderId, ResponseBuilder, ResponseStream, Result,
    Retry, StreamEvent,
};

use crate::{
    codec::{AnswerReader, Codec, Framing, error_under_success},
    failure::{Clock, Failure, Headers},
    frame::Frame,
    json::json_text,
    response::HttpResponse,
};

/// How long the end of the body may follow the end of the answer for the connection to be used again.
const GRACE: Duration = Duration::from_millis(50);

/// How long the body of an error may take: the status alone says enough.
const ERROR_BODY: Duration = Duration::from_secs(5);

/// One call and where it goes, to read its answer and to give its errors their origin.
#[derive(Clone, Debug)]
pub struct Exchange<C> {
    provider: ProviderId,
    model: Option<ModelId>,
    codec: C,
    clock: Clock,
    request_id: Option<String>,
    /// What the headers say about trying again.
    hint: Option<Retry>,
}

impl<C: Codec> Exchange<C> {
    /// A call of `model`, or of no model in particular, at `provider`.
    pub fn new(provider: &ProviderId, model: Option<&ModelId>, codec: C, clock: Clock) -> Self {
        let (provider, model) = (provider.clone(), model.cloned());
        Self { provider, model, codec, clock, request_id: None, hint: None }
    }

    /// Gives an error its origin and the request's id.
    pub fn place(&self, error: Error) -> Error {
        let error = match &self.model {
            Some(model) => error.with_origin(&self.provider, model),
            None => error.with_provider(&self.provider),
        };
        match &self.request_id {
            Some(id) if error.request_id().is_none() => error.with_request_id(id),
            _ => error,
        }
    }

    /// Reads a whole answer; one that comes as a stream is folded. What the body holds decides,
    /// whatever it is declared to be.
    pub async fn answer(mut self, response: HttpResponse) -> Result<ChatResponse> {
        match self.open(response, false).await? {
            Opened::Stream(response) => fold(self.events(response)).await,
            Opened::Whole(body) => self.decode(&body),
        }
    }

    /// Reads an answer as it comes; a whole answer becomes a stream of its parts. What the body
    /// holds decides, whatever it is declared to be.
    pub async fn stream(mut self, response: HttpResponse) -> Result<ResponseStream> {
        match self.open(response, true).await? {
            Opened::Stream(response) => Ok(self.events(response)),
            Opened::Whole(body) => {
                let events = self.decode(&body)?.into_events();
                Ok(Box::pin(stream::iter(events.into_iter().map(Ok))))
            }
        }
    }

    /// Reads an answer that is no conversation. An error inside it counts as what it says.
    pub async fn read<T>(
        mut self,
        response: HttpResponse,
        decode: impl FnOnce(&[u8]) -> Result<T>,
    ) -> Result<T> {
        self.accept(&response);
        let body = self.body(response).await?;
        decode(&body).map_err(|error| {
            let text = json_text(&body);
            let told = self.codec.find_report(&text);
            let told = told.map(|report| error_under_success(&self.codec, &report, self.clock));
            self.place(told.unwrap_or(error))
        })
    }

    /// Finds out what the body of a success holds, and reads it unless it is a stream. A line
    /// alone is a stream of one as well as a whole answer: there the request decides.
    async fn open(&mut self, mut response: HttpResponse, streamed: bool) -> Result<Opened> {
        self.accept(&response);
        let is_stream = response.is_success()
            && match C::FRAMING {
                Framing::Events => {
                    response.holds_events().await.map_err(|error| self.place(error))?
                }
                Framing::Lines if streamed => {
                    response.holds_objects().await.map_err(|error| self.place(error))?
                }
                Framing::Lines => false,
            };
        if is_stream {
            return Ok(Opened::Stream(response));
        }
        self.body(response).await.map(Opened::Whole)
    }

    fn accept(&mut self, response: &HttpResponse) {
        let ids = ["x-generation-id", "x-request-id", "request-id"];
        let id = ids.into_iter().find_map(|name| response.header(name));
        self.request_id = id.map(str::to_owned);
        self.hint = response.retry_hint((self.clock)());
    }

    /// Reads the body of a success; any other status is an error.
    async fn body(&self, response: HttpResponse) -> Result<Bytes> {
        if response.is_success() {
            return response.read().await.map_err(|error| self.place(error));
        }
        // Boxed, because it is rare and would make the future of every call larger.
        Err(Box::pin(self.failure(response)).await)
    }

    fn decode(&self, body: &[u8]) -> Result<ChatResponse> {
        self.codec.decode_answer(body, self.clock).map_err(|error| {
            // As with any other status, the headers' word comes before the body's.
            let error = match self.hint {
                Some(hint) => error.with_retry(hint),
                None => error,
            };
            self.place(error)
        })
    }

    async fn failure(&self, response: HttpResponse) -> Error {
        let now = (self.clock)();
        let status = response.status();
        let hint = response.retry_hint(now);
        let headers = response.headers().clone();
        let body = tokio::time::timeout(ERROR_BODY, response.read()).await;
        let body = body.ok().and_then(Result::ok).unwrap_or_default();
        let text = json_text(&body);
        let report = self.codec.find_report(&text);
        let (report, headers) = (report.as_ref(), Headers::new(&headers));
        self.place(self.codec.classify(&Failure { status, report, hint, headers, now }))
    }

    fn events(self, response: HttpResponse) -> ResponseStream {
        match C::FRAMING {
            Framing::Events => self.reading(response.events()),
            Framing::Lines => self.reading(response.lines()),
        }
    }

    fn reading(self, frames: impl Stream<Item = Result<Frame>> + Send + 'static) -> ResponseStream {
        let reading = Reading {
            source: Some(Box::pin(frames)),
            reader: self.codec.reader(self.clock),
            queue: VecDeque::new(),
            exchange: self,
        };
        Box::pin(stream::unfold(reading, |mut reading| async {
            let event = reading.next().await?;
            Some((event, reading))
        }))
    }
}

/// An answer whose form is known.
enum Opened {
    Stream(HttpResponse),
    Whole(Bytes),
}

/// A stream being read.
struct Reading<C: Codec, S> {
    /// `None` once it has ended.
    source: Option<S>,
    reader: C::Reader,
    queue: VecDeque<StreamEvent>,
    exchange: Exchange<C>,
}

impl<C: Codec, S: Stream<Item = Result<Frame>> + Unpin> Reading<C, S> {
    async fn next(&mut self) -> Option<Result<StreamEvent>> {
        loop {
            if let Some(event) = self.queue.pop_front() {
                return Some(Ok(event));
            }
            let step = match self.source.as_mut()?.next().await {
                Some(Ok(Frame::Comment)) => {
                    self.queue.push_back(StreamEvent::KeepAlive);
                    Ok(())
                }
                Some(Ok(Frame::Data(data))) => self.reader.push(&data, &mut self.queue),
                Some(Ok(Frame::Unfinished(data))) => self.last(&data),
                Some(Err(error)) => self.broken(error),
                None => self.over(),
            };
            let step = if self.reader.is_done() && self.source.is_some() {
                self.drain().await;
                self.over()
            } else {
                step
            };
            if let Err(error) = step {
                self.source = None;
                self.queue.clear();
                return Some(Err(self.exchange.place(error)));
            }
        }
    }

    fn over(&mut self) -> Result<()> {
        self.source = None;
        self.reader.end(&mut self.queue)
    }

    /// Reads a frame that may be cut: one that cannot be read is the end of the stream. A line
    /// that was cut is the beginning of an object, so what is no such beginning was not cut.
    fn last(&mut self, data: &str) -> Result<()> {
        self.reader.push(data, &mut self.queue).map_err(|error| match error.kind() {
            ErrorKind::TruncatedResponse => self.reader.transcript().cut(),
            ErrorKind::MalformedResponse | ErrorKind::NotJson if C::FRAMING == Framing::Events => {
                self.reader.transcript().cut()
            }
            _ => error,
        })
    }

    /// A connection that breaks after the answer is whole has done its work.
    fn broken(&mut self, error: Error) -> Result<()> {
        let cut = matches!(
            error.kind(),
            ErrorKind::StreamCut | ErrorKind::TruncatedResponse | ErrorKind::ResetAfterSend
        );
        match cut {
            true if self.reader.transcript().is_finished() => self.over(),
            true => Err(self.reader.transcript().cut().with_source(error)),
            false => Err(self.reader.transcript().place(error)),
        }
    }

    /// Reads to the end of the body, if it is at hand, so that the connection can be used again.
    async fn drain(&mut self) {
        if let Some(source) = &mut self.source {
            let at_end = async { while let Some(Ok(Frame::Comment)) = source.next().await {} };
            drop(tokio::time::timeout(GRACE, at_end).await);
        }
    }
}

async fn fold(mut events: ResponseStream) -> Result<ChatResponse> {
    let mut builder = ResponseBuilder::default();
    while let Some(event) = events.next().await {
        builder.push(event?);
    }
    builder.finish()
}
