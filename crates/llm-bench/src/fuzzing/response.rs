//! A provider's answers, whatever its wire format: whole ones, streams, errors and the catalogue,
//! through the decoding that reads them from a connection.

use std::{fmt::Debug, io, time::SystemTime};

use futures_util::{StreamExt, stream};
use llm_core::{
    ChatResponse, Error, FinishReason, ModelInfo, ResponseBuilder, Result, StreamEvent, Usage,
};
use llm_http::{Codec, Exchange, Framing, HttpResponse};
use reqwest::{
    Body, Response, StatusCode,
    header::{HeaderName, HeaderValue},
};
use tokio::runtime::{Builder, Runtime};

/// How keys begin that no error shows.
const KEY: &str = "sk-or-v1-";
/// More characters than an error has: 200 of the provider's, and what is said of them.
const LINE: usize = 600;
/// More tokens than any call uses.
const TOKENS: u64 = 1_000_000_000_000;

/// Reads `bytes` as an answer of a provider: a line with the status, lines of headers, an empty
/// line, the body. A header `x-broken` stands for a connection that breaks behind the body.
///
/// # Panics
///
/// When the reading depends on how the body is cut, an answer does not survive its way through
/// events, a success is empty without a reason, a failure is no error, an error shows a key or is
/// no line, or a number makes no sense.
pub(super) fn check<C: Codec>(
    bytes: &[u8],
    codec: &C,
    models: impl Fn(&[u8]) -> Result<Vec<ModelInfo>>,
) {
    let upstream = Upstream::parse(bytes, codec);
    let whole = upstream.body.len().max(1);
    runtime().block_on(async {
        let answer = upstream.answer(whole).await;
        let events = upstream.events(whole).await;
        for size in [1, 7] {
            same(&upstream.answer(size).await, &answer, "the answer, cut");
            same(&upstream.events(size).await, &events, "the stream, cut");
        }
        match &answer {
            Ok(response) => sound(response, &upstream),
            Err(error) => fit_to_be_shown(error),
        }
        match events {
            Ok(events) => {
                assert!(upstream.status.is_success(), "a failure became a stream");
                let answer = answer.map(|answer| fold(answer.into_events()));
                // Lines that were asked for as one text must all have come.
                if C::FRAMING == Framing::Events || !upstream.is_broken {
                    same(&Ok(fold(events)), &answer, "the stream, folded");
                }
            }
            Err(error) => fit_to_be_shown(&error),
        }
    });
    match read(bytes, codec, models) {
        Ok(models) => models.iter().for_each(listed),
        Err(error) => fit_to_be_shown(&error),
    }
}

/// Reads `bytes` as an answer that is no conversation.
pub(super) fn read<C: Codec, T>(
    bytes: &[u8],
    codec: &C,
    decode: impl FnOnce(&[u8]) -> Result<T>,
) -> Result<T> {
    let upstream = Upstream::parse(bytes, codec);
    runtime().block_on(async {
        let response = upstream.response(usize::MAX)?;
        upstream.exchange().read(response, decode).await
    })
}

/// What came from the upstream.
struct Upstream<'a, C> {
    codec: &'a C,
    status: StatusCode,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: &'a [u8],
    is_broken: bool,
}

impl<'a, C: Codec> Upstream<'a, C> {
    fn parse(bytes: &'a [u8], codec: &'a C) -> Self {
        let mut rest = bytes;
        let mut line = || {
            let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
            let (line, after) = rest.split_at(end);
            rest = after.get(1..).unwrap_or_default();
            line.trim_ascii()
        };
        let first = String::from_utf8_lossy(line());
        let status = first.split(' ').find_map(|word| word.parse().ok());
        let status = status.and_then(|status| StatusCode::from_u16(status).ok());
        let mut headers = Vec::new();
        loop {
            let line = line();
            if line.is_empty() {
                break;
            }
            let colon = line.iter().position(|byte| *byte == b':').unwrap_or(line.len());
            let (name, value) = line.split_at(colon);
            let value = value.get(1..).unwrap_or_default().trim_ascii();
            headers
                .extend(HeaderName::from_bytes(name).ok().zip(HeaderValue::from_bytes(value).ok()));
        }
        let is_broken = headers.iter().any(|(name, _)| name == "x-broken");
        Self { codec, status: status.unwrap_or_default(), headers, body: rest, is_broken }
    }

    /// The answer as it comes from a connection, the body in pieces of this size.
    fn response(&self, size: usize) -> Result<HttpResponse> {
        let pieces = self.body.chunks(size).map(|piece| Ok(piece.to_vec()));
        let end = self.is_broken.then(|| Err(io::Error::from(io::ErrorKind::ConnectionReset)));
        let pieces: Vec<io::Result<Vec<u8>>> = pieces.chain(end).collect();
        let mut response = http::Response::new(Body::wrap_stream(stream::iter(pieces)));
        *response.status_mut() = self.status;
        response.headers_mut().extend(self.headers.iter().cloned());
        HttpResponse::accept(Response::from(response))
    }

    async fn answer(&self, size: usize) -> Result<ChatResponse> {
        self.exchange().answer(self.response(size)?).await
    }

    /// The events of the answer as a stream; of a failed one the error alone.
    async fn events(&self, size: usize) -> Result<Vec<StreamEvent>> {
        let mut stream = self.exchange().stream(self.response(size)?).await?;
        let mut events = Vec::new();
        while let Some(event) = stream.next().await {
            match event {
                Ok(event) => events.push(event),
                Err(error) => {
                    assert!(stream.next().await.is_none(), "something comes after an error");
                    return Err(error);
                }
            }
        }
        Ok(events)
    }

    fn exchange(&self) -> Exchange<C> {
        let (provider, model) = ("acme".into(), "acme/swift-8b".into());
        Exchange::new(&provider, Some(&model), self.codec.clone(), || SystemTime::UNIX_EPOCH)
    }
}

#[expect(clippy::expect_used, reason = "without a runtime nothing can be checked")]
fn runtime() -> Runtime {
    Builder::new_current_thread().enable_time().build().expect("a runtime")
}

/// Two readings of the same are the same, errors included.
#[track_caller]
fn same<T: Debug>(one: &Result<T>, other: &Result<T>, what: &str) {
    assert_eq!(format!("{one:?}"), format!("{other:?}"), "{what}");
}

fn fold(events: Vec<StreamEvent>) -> ChatResponse {
    let mut builder = ResponseBuilder::default();
    for event in events {
        builder.push(event);
    }
    builder.into_partial()
}

fn sound<C>(response: &ChatResponse, upstream: &Upstream<'_, C>) {
    assert!(upstream.status.is_success(), "a failure became an answer");
    let may_be_empty =
        matches!(response.finish_reason, Some(FinishReason::Length | FinishReason::ContentFilter));
    assert!(may_be_empty || !response.is_empty(), "an empty answer is a success");
    // Parts of text may join, and native words without a reason are dropped; nothing else changes.
    let mut again = fold(response.clone().into_events());
    assert_eq!(again.text(), response.text(), "its text, through events");
    again.message.content.clone_from(&response.message.content);
    again.native_finish_reason.clone_from(&response.native_finish_reason);
    assert_eq!(again, *response, "the answer, through events");
    if let Some(usage) = &response.usage {
        sensible(usage);
    }
}

fn sensible(usage: &Usage) {
    let counts = [usage.input_tokens, usage.output_tokens, usage.total_tokens];
    assert!(counts.iter().flatten().all(|tokens| *tokens <= TOKENS), "an absurd count");
    assert!(usage.cost.is_none_or(|cost| !cost.usd.is_sign_negative()), "a negative cost");
    // Whoever adds up requests must be able to.
    let _sum = usage.and(usage);
}

fn listed(model: &ModelInfo) {
    assert!(!model.id.as_str().is_empty(), "a model without a name");
    assert_ne!(model.capabilities.context_window, Some(0), "a model without a window");
    if let Some(price) = model.price {
        let prices = [price.input, price.output, price.request];
        assert!(prices.iter().flatten().all(|price| !price.is_sign_negative()), "a negative price");
        let _cost = price.cost(&Usage::of(TOKENS, TOKENS));
    }
}

/// An error is a line of a sensible length that shows no key.
pub(super) fn fit_to_be_shown(error: &Error) {
    let line = error.to_string();
    assert!(line.chars().count() <= LINE, "{} characters: {line}", line.chars().count());
    assert!(!line.contains(char::is_control), "{line:?}");
    for shown in [line, format!("{error:?}")] {
        for (at, prefix) in shown.match_indices(KEY) {
            let rest = shown.get(at + prefix.len()..).unwrap_or_default();
            let length = rest.bytes().take_while(u8::is_ascii_alphanumeric).count();
            assert!(length < 8, "a key is shown: {shown}");
        }
    }
}
