//! A provider that refuses everything.

use async_trait::async_trait;
use llm_core::{
    ChatRequest, ChatResponse, Error, ErrorKind, ModelId, ModelInfo, Provider, ProviderId,
    ResponseStream, Result,
};

/// Refuses every call with one kind of error, at once.
#[derive(Clone, Debug)]
pub struct FailProvider {
    id: ProviderId,
    error: Error,
}

impl FailProvider {
    /// A provider of this name that fails with `kind`.
    pub fn new(id: impl Into<ProviderId>, kind: ErrorKind) -> Self {
        Self::with_error(id, Error::new(kind, "scripted"))
    }

    /// A provider of this name that fails with `error`.
    pub fn with_error(id: impl Into<ProviderId>, error: Error) -> Self {
        Self { id: id.into(), error }
    }

    fn error(&self, model: &ModelId) -> Error {
        self.error.clone().with_origin(&self.id, model)
    }
}

#[async_trait]
impl Provider for FailProvider {
    fn id(&self) -> &ProviderId {
        &self.id
    }

    async fn chat(&self, model: &ModelId, _: ChatRequest) -> Result<ChatResponse> {
        Err(self.error(model))
    }

    async fn stream(&self, model: &ModelId, _: ChatRequest) -> Result<ResponseStream> {
        Err(self.error(model))
    }

    async fn models(&self) -> Result<Vec<ModelInfo>> {
        Err(self.error.clone())
    }
}
