//! OpenRouter as a provider: one call to it, and nothing else.

use std::time::SystemTime;

use async_trait::async_trait;
use llm_core::{
    ChatRequest, ChatResponse, Error, ErrorKind, Execution, Extras, ModelId, ModelInfo, Provider,
    ProviderId, ResponseStream, Result,
};
use llm_http::{
    Call, ClientSettings, Endpoint, HttpClient, HttpResponse,
    openai::{Clock, Exchange, encode_request},
};
use secrecy::{ExposeSecret, SecretString};

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
    id: ProviderId,
    client: HttpClient,
    chat: Endpoint,
    models: Endpoint,
    key: Endpoint,
    additions: Extras,
    clock: Clock,
}

impl OpenRouter {
    /// Sets up a client for `config`. Connects nowhere.
    ///
    /// # Errors
    ///
    /// A key or a header no request can carry, and an address that is none.
    pub fn new(config: OpenRouterConfig) -> Result<Self> {
        let id = config.id.clone();
        Self::set_up(config).map_err(|error| error.with_provider(&id))
    }

    fn set_up(config: OpenRouterConfig) -> Result<Self> {
        check_key(&config.api_key)?;
        let api = Endpoint::new(&config.base_url)?;
        #[expect(
            clippy::disallowed_methods,
            reason = "rate limits end at a time of the wall clock"
        )]
        let clock: Clock = SystemTime::now;
        Ok(Self {
            client: HttpClient::new(&settings(&config))?,
            chat: api.join("chat/completions"),
            models: api.join("models"),
            key: api.join("key"),
            additions: additions(&config)?,
            id: config.id,
            clock,
        })
    }

    /// Asks what is left on the key. Costs nothing.
    ///
    /// # Errors
    ///
    /// Those of a call; a rejected key is [`ErrorKind::UpstreamAuth`].
    pub async fn key(&self) -> Result<KeyInfo> {
        self.get(&self.key, key::decode).await
    }

    async fn get<T>(&self, endpoint: &Endpoint, decode: fn(&[u8]) -> Result<T>) -> Result<T> {
        let exchange = Exchange::new(&self.id, None, DIALECT, self.clock);
        let response = self.client.send(Call::get(endpoint)).await;
        let response = response.map_err(|error| exchange.place(error))?;
        exchange.read(response, decode).await
    }

    async fn post(
        &self,
        exchange: &Exchange,
        model: &ModelId,
        request: &ChatRequest,
        stream: bool,
    ) -> Result<HttpResponse> {
        let body = encode_request(model, request, stream, &DIALECT, &self.additions);
        let body = body.map_err(|error| exchange.place(error))?;
        let call = Call::post_json(&self.chat, body);
        let call = if stream { call.accepting_events() } else { call };
        self.client.send(call).await.map_err(|error| exchange.place(error))
    }
}

#[async_trait]
impl Provider for OpenRouter {
    fn id(&self) -> &ProviderId {
        &self.id
    }

    async fn chat(&self, model: &ModelId, request: ChatRequest) -> Result<ChatResponse> {
        let exchange = Exchange::new(&self.id, Some(model), DIALECT, self.clock);
        let response = self.post(&exchange, model, &request, false).await?;
        exchange.answer(response).await
    }

    async fn stream(&self, model: &ModelId, request: ChatRequest) -> Result<ResponseStream> {
        let exchange = Exchange::new(&self.id, Some(model), DIALECT, self.clock);
        let response = self.post(&exchange, model, &request, true).await?;
        exchange.stream(response).await
    }

    async fn models(&self) -> Result<Vec<ModelInfo>> {
        self.get(&self.models, models::decode).await
    }
}

fn settings(config: &OpenRouterConfig) -> ClientSettings {
    let mut settings = ClientSettings::default();
    if let Some(connect_timeout) = config.connect_timeout {
        settings = settings.with_connect_timeout(connect_timeout);
    }
    if let Some(resolver) = &config.resolver {
        settings = settings.with_resolver(resolver.clone());
    }
    if let Some(attribution) = &config.attribution {
        settings = settings
            .with_header("HTTP-Referer", attribution.url.clone())
            .with_header("X-OpenRouter-Title", attribution.title.clone());
    }
    for (name, value) in &config.headers {
        settings = settings.with_header(name.clone(), value.clone());
    }
    settings.with_bearer(&config.api_key)
}

/// A key that a header can carry.
fn check_key(api_key: &SecretString) -> Result<()> {
    let key = api_key.expose_secret();
    let message = if key.trim().is_empty() {
        "api_key is empty: set OpenRouter's key"
    } else if key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(());
    } else {
        "api_key holds a character no key has, such as a space or a line break"
    };
    Err(Error::new(ErrorKind::UpstreamAuth, message).with_execution(Execution::NotSent))
}
