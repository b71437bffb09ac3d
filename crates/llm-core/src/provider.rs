//! The trait of whoever serves models.

use std::{fmt::Debug, sync::Arc};

use async_trait::async_trait;

use crate::{
    capabilities::ModelInfo,
    error::Result,
    ids::{ModelId, ProviderId},
    request::ChatRequest,
    response::ChatResponse,
    stream::ResponseStream,
};

/// One upstream that serves models: translates a request, makes one call, classifies what comes
/// back.
///
/// # Contract
///
/// - One [`chat`](Self::chat) or [`stream`](Self::stream) is at most one upstream call. A provider
///   never retries, falls back or waits.
/// - A success is whole: an answer that was cut, empty of choices or an error in disguise is an
///   [`Error`](crate::Error) of the kind that says so.
/// - What the upstream does not say stays `None`.
/// - A request it cannot express is refused with a clear error, never silently changed.
///
/// # Cancellation
///
/// Dropping a future or stream aborts the upstream call at once and closes its connection (or
/// resets its HTTP/2 stream). Nothing runs on in a spawned task.
///
/// # Errors
///
/// Every error names this provider and the model, carries the status and the upstream's advice on
/// retrying where there is any, and holds no secret, address or raw answer.
///
/// # Implementing
///
/// Keep wire code pure and IO in one file; run the conformance suite of `llm-testkit`.
///
/// # Example
///
/// ```
/// use llm_core::{ChatRequest, Provider, Result};
///
/// async fn greet(provider: &dyn Provider) -> Result<String> {
///     let response = provider.chat(&"acme/swift-8b".into(), ChatRequest::from("Hello")).await?;
///     Ok(response.text())
/// }
/// ```
#[async_trait]
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not serve models",
    note = "implement `llm_core::Provider` with `#[async_trait]`"
)]
pub trait Provider: Debug + Send + Sync + 'static {
    /// The provider's name, as configured.
    fn id(&self) -> &ProviderId;

    /// Asks `model` for a whole answer.
    async fn chat(&self, model: &ModelId, request: ChatRequest) -> Result<ChatResponse>;

    /// Asks `model` for an answer as it is made. Resolves when the upstream has accepted the
    /// request, before its first content.
    async fn stream(&self, model: &ModelId, request: ChatRequest) -> Result<ResponseStream>;

    /// Lists the models on offer. Costs nothing; takes as many calls as the catalogue has pages.
    async fn models(&self) -> Result<Vec<ModelInfo>>;
}

const _: fn(&dyn Provider) = |_| {};

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<P: Provider + ?Sized> Provider for Arc<P> {
    fn id(&self) -> &ProviderId {
        (**self).id()
    }

    async fn chat(&self, model: &ModelId, request: ChatRequest) -> Result<ChatResponse> {
        (**self).chat(model, request).await
    }

    async fn stream(&self, model: &ModelId, request: ChatRequest) -> Result<ResponseStream> {
        (**self).stream(model, request).await
    }

    async fn models(&self) -> Result<Vec<ModelInfo>> {
        (**self).models().await
    }
}
