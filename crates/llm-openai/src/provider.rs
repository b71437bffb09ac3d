//! OpenAI as a provider: one call to it, and nothing else.

use std::borrow::Cow;

use async_trait::async_trait;
use bytes::Bytes;
use llm_core::{
    ChatRequest, ChatResponse, Error, ModelId, ModelInfo, Provider, ProviderId, ResponseStream,
    Result, Tool,
};
use llm_http::{Api, Call, ClientSettings, Endpoint, check_key, openai::Dialect};

use crate::{
    config::OpenAiConfig,
    error::explain,
    wire::{
        models,
        request::{COMPATIBLE, OPENAI, encode, own_answers},
    },
};

/// OpenAI, or a server that speaks its dialect. A clone shares the client and its connections.
#[derive(Clone, Debug)]
pub struct OpenAi {
    api: Api<Dialect>,
    dialect: Dialect,
    /// Whether it takes back what it made itself, and nothing that others made.
    is_strict: bool,
    chat: Endpoint,
    models: Endpoint,
    /// What may be wrong with the address, should there be no API at it.
    address_advice: Option<&'static str>,
}

impl OpenAi {
    /// Sets up a client for `config`. Connects nowhere.
    ///
    /// # Errors
    ///
    /// A key or a header no request can carry, and an address that is none.
    #[expect(clippy::needless_pass_by_value, reason = "a configuration makes one provider")]
    pub fn new(config: OpenAiConfig) -> Result<Self> {
        Self::set_up(&config).map_err(|error| error.with_provider(&config.connection.id))
    }

    fn set_up(config: &OpenAiConfig) -> Result<Self> {
        if let Some(api_key) = &config.api_key {
            check_key(api_key, if config.is_compatible { "the server" } else { "OpenAI" })?;
        }
        let base = Endpoint::new(&config.connection.base_url)?;
        let dialect = if config.is_compatible { COMPATIBLE } else { OPENAI };
        Ok(Self {
            api: Api::new(&config.connection.id, &settings(config), dialect)?,
            dialect,
            is_strict: !config.is_compatible,
            chat: base.join("chat/completions"),
            models: base.join("models"),
            address_advice: address_advice(&config.connection.base_url),
        })
    }

    fn body(&self, model: &ModelId, request: &ChatRequest, stream: bool) -> Result<Bytes> {
        let own = if self.is_strict { own_answers(request) } else { Cow::Borrowed(request) };
        encode(model, &own, stream, &self.dialect)
    }

    fn explain(&self, error: Error, tools: &[Tool]) -> Error {
        explain(error, tools, self.address_advice)
    }
}

#[async_trait]
impl Provider for OpenAi {
    fn id(&self) -> &ProviderId {
        self.api.provider()
    }

    async fn chat(&self, model: &ModelId, request: ChatRequest) -> Result<ChatResponse> {
        let body = self.body(model, &request, false);
        let answer = self.api.answer(&self.chat, model, body).await;
        answer.map_err(|error| self.explain(error, &request.tools))
    }

    async fn stream(&self, model: &ModelId, request: ChatRequest) -> Result<ResponseStream> {
        let body = self.body(model, &request, true);
        let stream = self.api.stream(&self.chat, model, body).await;
        stream.map_err(|error| self.explain(error, &request.tools))
    }

    async fn models(&self) -> Result<Vec<ModelInfo>> {
        let models = self.api.call(Call::get(&self.models), models::decode).await;
        models.map_err(|error| self.explain(error, &[]))
    }
}

fn address_advice(base_url: &str) -> Option<&'static str> {
    if base_url.contains("/v1/v1") {
        Some("it holds /v1 twice")
    } else if base_url.contains("/v1") {
        None
    } else {
        Some("it mostly ends with /v1")
    }
}

fn settings(config: &OpenAiConfig) -> ClientSettings {
    let mut settings = config.connection.client_settings();
    if let Some(organization) = &config.organization {
        settings = settings.with_header("OpenAI-Organization", organization.clone());
    }
    if let Some(project) = &config.project {
        settings = settings.with_header("OpenAI-Project", project.clone());
    }
    match &config.api_key {
        Some(api_key) => settings.with_bearer(api_key),
        None => settings,
    }
}
