//! The checks of a healthy model: it answers, whole and streamed, and is listed.

use llm_core::{ChatRequest, FinishReason, ModelId, Provider};
use tokio::time::timeout;

use super::{
    asking::{Way, answer, ensure},
    fixture::Fixture,
};

/// The answer is whole and says what the model said.
pub(super) async fn text(
    provider: &dyn Provider,
    fixture: &Fixture,
    way: Way,
) -> Result<(), String> {
    let request = ChatRequest::from("Say hello.");
    let response = answer(provider, &fixture.healthy, request, way, fixture.patience).await?;
    let text = response.text();
    ensure(!text.is_empty(), || "the answer has no text".to_owned())?;
    if let Some(expected) = &fixture.text {
        ensure(text == *expected, || format!("the text is {text:?} and not {expected:?}"))?;
    }
    let finish = response.finish_reason;
    ensure(finish == Some(FinishReason::Stop), || format!("the finish reason is {finish:?}"))
}

/// An answer that takes its time is the same, whatever is said in between.
pub(super) async fn slow(
    provider: &dyn Provider,
    fixture: &Fixture,
    model: &ModelId,
) -> Result<(), String> {
    for way in Way::BOTH {
        let request = || ChatRequest::from("Say hello.");
        let wait = fixture.patience;
        let fast = answer(provider, &fixture.healthy, request(), way, wait).await?.text();
        let slow = answer(provider, model, request(), way, wait).await?.text();
        ensure(slow == fast, || format!("{}: the text is {slow:?} and not {fast:?}", way.name()))?;
    }
    Ok(())
}

/// The tokens used arrive.
pub(super) async fn usage(provider: &dyn Provider, fixture: &Fixture) -> Result<(), String> {
    for way in Way::BOTH {
        let request = ChatRequest::from("Say hello.");
        let response = answer(provider, &fixture.healthy, request, way, fixture.patience).await?;
        let usage = response.usage.unwrap_or_default();
        let told = |tokens: Option<u64>| tokens.is_some_and(|tokens| tokens > 0);
        ensure(told(usage.input_tokens) && told(usage.output_tokens), || {
            format!("{}: the tokens used are not told", way.name())
        })?;
    }
    Ok(())
}

/// A limit on the answer's length reaches the model.
pub(super) async fn limit(provider: &dyn Provider, fixture: &Fixture) -> Result<(), String> {
    for way in Way::BOTH {
        let request = ChatRequest::from("Say hello.").with_max_tokens(1);
        let response = answer(provider, &fixture.healthy, request, way, fixture.patience).await?;
        let finish = response.finish_reason;
        ensure(finish == Some(FinishReason::Length), || {
            format!("{}: with max_tokens 1 the finish reason is {finish:?}", way.name())
        })?;
    }
    Ok(())
}

/// The catalogue lists the model.
pub(super) async fn catalogue(provider: &dyn Provider, fixture: &Fixture) -> Result<(), String> {
    let listed = timeout(fixture.patience, provider.models()).await;
    let listed = listed.map_err(|_| format!("no end after {:?}", fixture.patience))?;
    let models = listed.map_err(|error| error.to_string())?;
    ensure(models.iter().any(|model| model.id == fixture.healthy), || {
        format!("{} is not among the {} models listed", fixture.healthy, models.len())
    })
}
