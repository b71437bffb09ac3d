//! Quill as a provider: one call to it, and nothing else.

use async_trait::async_trait;
use llm_core::{
    ChatRequest, ChatResponse, ModelId, ModelInfo, Provider, ProviderId, ResponseStream, Result,
};
use llm_http::{Api, Call, Endpoint, check_key};

use crate::{
    config::QuillConfig,
    wire::{Lines, models, request},
};

/// Quill. A clone shares the client and its connections.
#[derive(Clone, Debug)]
pub struct Quill {
    api: Api<Lines>,
    replies: Endpoint,
    engines: Endpoint,
}

impl Quill {
    /// Sets up a client. Connects nowhere.
    ///
    /// # Errors
    ///
    /// A key or a header no request can carry, and an address that is none.
    pub fn new(config: QuillConfig) -> Result<Self> {
        check_key(&config.api_key, "Quill")?;
        let server = Endpoint::new(&config.connection.base_url)?;
        Ok(Self {
            api: Api::new(&config.connection.id, &config.client_settings(), Lines)?,
            replies: server.join("replies"),
            engines: server.join("engines"),
        })
    }
}

#[async_trait]
impl Provider for Quill {
    fn id(&self) -> &ProviderId {
        self.api.provider()
    }

    async fn chat(&self, model: &ModelId, request: ChatRequest) -> Result<ChatResponse> {
        self.api.answer(&self.replies, model, request::encode(model, &request, false)).await
    }

    async fn stream(&self, model: &ModelId, request: ChatRequest) -> Result<ResponseStream> {
        self.api.stream(&self.replies, model, request::encode(model, &request, true)).await
    }

    async fn models(&self) -> Result<Vec<ModelInfo>> {
        self.api.call(Call::get(&self.engines), models::decode).await
    }
}
