//! The checks of leaving: a dropped call is gone at the upstream too.

use std::time::Duration;

use futures_util::StreamExt;
use llm_core::{ChatRequest, ModelId, Provider, StreamEvent};
use tokio::time::timeout;

use super::{
    asking::{Way, ensure},
    fixture::Fixture,
    upstream::Upstream,
};

/// Dropping a call that waits for its answer closes it at the upstream.
pub(super) async fn waiting(
    provider: &dyn Provider,
    fixture: &Fixture,
    model: &ModelId,
    upstream: &dyn Upstream,
) -> Result<(), String> {
    for way in Way::BOTH {
        let before = upstream.calls(model);
        let request = ChatRequest::from("Say hello.");
        let ended = async {
            match way {
                Way::Whole => provider.chat(model, request).await.map(drop),
                // Early headers are no answer: the stream may be there, its first event may not.
                Way::Streamed => match provider.stream(model, request).await {
                    Ok(mut stream) => stream.next().await.transpose().map(drop),
                    Err(error) => Err(error),
                },
            }
        };
        let called = timeout(fixture.patience, upstream.called(model, before));
        tokio::select! {
            biased;
            result = ended => {
                return Err(format!("{}: a hanging model gave {result:?}", way.name()));
            }
            called = called => {
                called.map_err(|_| format!("{}: the call never came", way.name()))?;
            }
        }
        left(upstream, model, fixture.patience)
            .await
            .map_err(|breach| format!("{}: {breach}", way.name()))?;
    }
    Ok(())
}

/// Dropping a stream in the middle closes it at the upstream.
pub(super) async fn in_the_middle(
    provider: &dyn Provider,
    fixture: &Fixture,
    model: &ModelId,
    upstream: &dyn Upstream,
) -> Result<(), String> {
    let first_content = async {
        let request = ChatRequest::from("Say hello.");
        let mut stream =
            provider.stream(model, request).await.map_err(|error| error.to_string())?;
        while let Some(event) = stream.next().await {
            if event.as_ref().is_ok_and(StreamEvent::is_content) {
                return Ok(stream);
            }
            event.map_err(|error| error.to_string())?;
        }
        Err("the stream ended before its first content".to_owned())
    };
    let stream = timeout(fixture.patience, first_content).await;
    let stream = stream.map_err(|_| "the first content never came".to_owned())??;
    drop(stream);
    left(upstream, model, fixture.patience).await
}

async fn left(upstream: &dyn Upstream, model: &ModelId, patience: Duration) -> Result<(), String> {
    let abandoned = timeout(patience, upstream.abandoned(model)).await;
    let abandoned = abandoned.map_err(|_| "the dropped call runs on upstream".to_owned())?;
    ensure(abandoned, || "the dropped call ended some other way upstream".to_owned())
}
