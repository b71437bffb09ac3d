//! How the checks ask: whole and streamed, with an eye on how a stream ends.

use std::time::Duration;

use futures_util::StreamExt;
use llm_core::{
    ChatRequest, ChatResponse, Error, ModelId, Provider, ResponseBuilder, ResponseStream,
};
use tokio::time::timeout;

/// What came of asking: an answer or an error, and the text that came before it.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) result: Result<ChatResponse, Error>,
    pub(super) text: String,
}

/// The two ways of asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Whole,
    Streamed,
}

impl Way {
    pub(super) const BOTH: [Self; 2] = [Self::Whole, Self::Streamed];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Streamed => "streamed",
        }
    }
}

/// Asks, and waits for the end. The outer error is a breach of the contract on the way.
pub(super) async fn ask(
    provider: &dyn Provider,
    model: &ModelId,
    request: ChatRequest,
    way: Way,
    patience: Duration,
) -> Result<Asked, String> {
    let asked = async {
        match way {
            Way::Whole => {
                let result = provider.chat(model, request).await;
                let text = result.as_ref().map(ChatResponse::text).unwrap_or_default();
                Ok(Asked { result, text })
            }
            Way::Streamed => match provider.stream(model, request).await {
                // A stream that just ends has no error of its own that could name an origin.
                Ok(stream) => read(stream, |error| error.with_origin(provider.id(), model)).await,
                Err(error) => Ok(Asked { result: Err(error), text: String::new() }),
            },
        }
    };
    let ended = timeout(patience, asked).await;
    ended.unwrap_or_else(|_| Err(format!("{}: no end after {patience:?}", way.name())))
}

async fn read(
    mut stream: ResponseStream,
    cut: impl FnOnce(Error) -> Error,
) -> Result<Asked, String> {
    let mut builder = ResponseBuilder::default();
    while let Some(event) = stream.next().await {
        match event {
            Ok(event) => builder.push(event),
            Err(error) => {
                if stream.next().await.is_some() {
                    return Err("streamed: the stream goes on after its error".to_owned());
                }
                let text = builder.into_partial().text();
                return Ok(Asked { result: Err(error), text });
            }
        }
    }
    let text = builder.clone().into_partial().text();
    Ok(Asked { result: builder.finish().map_err(cut), text })
}

/// Asks and insists on an answer.
pub(super) async fn answer(
    provider: &dyn Provider,
    model: &ModelId,
    request: ChatRequest,
    way: Way,
    patience: Duration,
) -> Result<ChatResponse, String> {
    let asked = ask(provider, model, request, way, patience).await?;
    asked.result.map_err(|error| format!("{}: {error}", way.name()))
}

/// Asks and insists on an error.
pub(super) async fn error(
    provider: &dyn Provider,
    model: &ModelId,
    request: ChatRequest,
    way: Way,
    patience: Duration,
) -> Result<(Error, String), String> {
    let asked = ask(provider, model, request, way, patience).await?;
    match asked.result {
        Err(error) => Ok((error, asked.text)),
        Ok(_) => Err(format!("{}: an answer, and not an error", way.name())),
    }
}

/// An error text unless `right`.
pub(super) fn ensure(right: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if right { Ok(()) } else { Err(otherwise()) }
}
