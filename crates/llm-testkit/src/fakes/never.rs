//! A provider that never answers.

use std::future;

use async_trait::async_trait;
use llm_core::{
    ChatRequest, ChatResponse, ModelId, ModelInfo, Provider, ProviderId, ResponseStream, Result,
};

/// Keeps every caller waiting until it leaves.
#[derive(Clone, Debug)]
pub struct NeverProvider {
    id: ProviderId,
}

impl NeverProvider {
    /// A provider of this name.
    pub fn new(id: impl Into<ProviderId>) -> Self {
        Self { id: id.into() }
    }
}

#[async_trait]
impl Provider for NeverProvider {
    fn id(&self) -> &ProviderId {
        &self.id
    }

    async fn chat(&self, _: &ModelId, _: ChatRequest) -> Result<ChatResponse> {
        future::pending().await
    }

    async fn stream(&self, _: &ModelId, _: ChatRequest) -> Result<ResponseStream> {
        future::pending().await
    }

    async fn models(&self) -> Result<Vec<ModelInfo>> {
        future::pending().await
    }
}
