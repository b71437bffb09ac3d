//! The checks of what goes wrong: it becomes the right error, with origin and hint, without
//! secrets and without a retry.

use llm_core::{ChatRequest, Error, ErrorKind, ModelId, Provider, Retry};

use super::{
    asking::{Way, ensure, error},
    fixture::{Failure, Fixture},
    upstream::Upstream,
};

/// A failing model's calls end in an error of the right kind.
pub(super) async fn kind(
    provider: &dyn Provider,
    fixture: &Fixture,
    failure: &Failure,
) -> Result<(), String> {
    for way in Way::BOTH {
        let request = ChatRequest::from("Say hello.");
        let model = &failure.model;
        let (error, _) = error(provider, model, request, way, fixture.patience).await?;
        let name = way.name();
        ensure(failure.kinds.contains(&error.kind()), || {
            format!("{name}: the kind is {} and none of {:?}", error.kind(), failure.kinds)
        })?;
        if let Some(hint) = failure.retry_after {
            let told = error.retry();
            ensure(told == Some(Retry::After(hint)), || {
                format!("{name}: the retry hint is {told:?} and not {hint:?}")
            })?;
        }
        proper(&error, provider, model, fixture).map_err(|breach| format!("{name}: {breach}"))?;
    }
    Ok(())
}

/// A broken answer is an error behind the text that came, and never a success.
pub(super) async fn broken(
    provider: &dyn Provider,
    fixture: &Fixture,
    model: &ModelId,
    kinds: &[ErrorKind],
) -> Result<(), String> {
    for way in Way::BOTH {
        let request = ChatRequest::from("Say hello.");
        let (error, text) = error(provider, model, request, way, fixture.patience).await?;
        let name = way.name();
        ensure(kinds.is_empty() || kinds.contains(&error.kind()), || {
            format!("{name}: the kind is {} and none of {kinds:?}", error.kind())
        })?;
        ensure(way == Way::Whole || !text.is_empty(), || {
            format!("{name}: the text before the break was lost")
        })?;
        proper(&error, provider, model, fixture).map_err(|breach| format!("{name}: {breach}"))?;
    }
    Ok(())
}

/// A failed call is made once.
pub(super) async fn no_retry(
    provider: &dyn Provider,
    fixture: &Fixture,
    failure: &Failure,
    upstream: &dyn Upstream,
) -> Result<(), String> {
    for way in Way::BOTH {
        let before = upstream.calls(&failure.model);
        let request = ChatRequest::from("Say hello.");
        error(provider, &failure.model, request, way, fixture.patience).await?;
        let calls = upstream.calls(&failure.model) - before;
        ensure(calls == 1, || format!("{}: one call became {calls}", way.name()))?;
    }
    Ok(())
}

/// What holds for every error of a provider.
fn proper(
    error: &Error,
    provider: &dyn Provider,
    model: &ModelId,
    fixture: &Fixture,
) -> Result<(), String> {
    let origin = (error.provider(), error.model());
    ensure(origin == (Some(provider.id()), Some(model)), || {
        format!("the error's origin is {origin:?}")
    })?;
    let shown = format!("{error}\n{error:?}");
    let secret = fixture.secrets.iter().any(|secret| shown.contains(secret));
    ensure(!secret, || "the error shows a secret".to_owned())?;
    ensure(!error.to_string().contains('\n'), || "the error has several lines".to_owned())?;
    ensure(!shown.contains("://"), || "the error shows an address".to_owned())
}
