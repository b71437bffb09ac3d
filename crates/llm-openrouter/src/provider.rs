//! OpenRouter as a provider: one call to it, and nothing else.

use async_trait::async_trait;
use llm_core::{
    ChatRequest, ChatResponse, Extras, ModelId, ModelInfo, Provider, ProviderId, ResponseStream,
    Result,
};
use llm_http::{
    Api, Call, ClientSettings, Endpoint, check_key,
    openai::{Dialect, encode_request},
};

use crate::{
    config::OpenRouterConfig,
    wire::{
        key::{self, KeyInfo},
        models,
        request::{DIALECT, additions},
    },
};

/// OpenRouter. A clone shares the client and its connections.
///
/// ```no_run
/// use llm_openrouter::{OpenRouter, OpenRouterConfig};
///
/// # async fn example() -> llm_core::Result<()> {
/// let provider = OpenRouter::new(OpenRouterConfig::new("sk-test-000"))?;
/// if provider.key().await?.limit_remaining.is_some_and(|left| left.is_zero()) {
///     eprintln!("nothing is left on the key");
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct OpenRouter {
    api: Api<Dialect>,
    chat: Endpoint,
    models: Endpoint,
    key: Endpoint,
    additions: Extras,
}

impl OpenRouter {
    /// Sets up a client for `config`. Connects nowhere.
    ///
    /// # Errors
    ///
    /// A key or a header no request can carry, and an address that is none.
    pub fn new(config: OpenRouterConfig) -> Result<Self> {
        let id = config.connection.id.clone();
        Self::set_up(config).map_err(|error| error.with_provider(&id))
    }

    fn set_up(config: OpenRouterConfig) -> Result<Self> {
        check_key(&config.api_key, "OpenRouter")?;
        let base = Endpoint::new(&config.connection.base_url)?;
        Ok(Self {
            api: Api::new(&config.connection.id, &settings(&config), DIALECT)?,
            chat: base.join("chat/completions"),
            models: base.join("models"),
            key: base.join("key"),
            additions: additions(config.provider_preferences, config.fallback_models)?,
        })
    }

    /// Asks what is left on the key. Costs nothing.
    ///
    /// # Errors
    ///
    /// Those of a call; a rejected key is [`UpstreamAuth`](llm_core::ErrorKind::UpstreamAuth).
    pub async fn key(&self) -> Result<KeyInfo> {
        self.api.call(Call::get(&self.key), key::decode).await
    }
}

#[async_trait]
impl Provider for OpenRouter {
    fn id(&self) -> &ProviderId {
        self.api.provider()
    }

    async fn chat(&self, model: &ModelId, request: ChatRequest) -> Result<ChatResponse> {
        let body = encode_request(model, &request, false, &DIALECT, &self.additions);
        self.api.answer(&self.chat, model, body).await
    }

    async fn stream(&self, model: &ModelId, request: ChatRequest) -> Result<ResponseStream> {
        let body = encode_request(model, &request, true, &DIALECT, &self.additions);
        self.api.stream(&self.chat, model, body).await
    }

    async fn models(&self) -> Result<Vec<ModelInfo>> {
        self.api.call(Call::get(&self.models), models::decode).await
    }
}

fn settings(config: &OpenRouterConfig) -> ClientSettings {
    let mut settings = config.connection.client_settings();
    if let Some(attribution) = &config.attribution {
        settings = settings
            .with_header("HTTP-Referer", attribution.url.clone())
            .with_header("X-OpenRouter-Title", attribution.title.clone());
    }
    settings.with_bearer(&config.api_key)
}
