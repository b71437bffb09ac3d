//! Ollama as a provider: one call to it, and nothing else.

use async_trait::async_trait;
use futures_util::{StreamExt, stream};
use llm_core::{
    ChatRequest, ChatResponse, Error, ErrorKind, ModelId, ModelInfo, Provider, ProviderId,
    ResponseStream, Result,
};
use llm_http::{Api, Call, ClientSettings, Endpoint, check_key};

use crate::{
    config::{KeepAlive, OllamaConfig},
    wire::{
        Native,
        models::{self, Listed},
        request,
    },
};

/// How many models are asked about at a time.
const SHOWN_AT_ONCE: usize = 4;

/// An Ollama, through its own API. A clone shares the client and its connections.
///
/// ```no_run
/// use llm_core::{ChatRequest, Provider};
/// use llm_ollama::{Ollama, OllamaConfig};
///
/// # async fn example() -> llm_core::Result<()> {
/// let provider = Ollama::new(OllamaConfig::default())?;
/// let answer = provider.chat(&"llama3.2:1b".into(), ChatRequest::from("Hello")).await?;
/// println!("{} after {:?} of loading", answer.text(), answer.load_time);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Ollama {
    api: Api<Native>,
    chat: Endpoint,
    tags: Endpoint,
    show: Endpoint,
    keep_alive: Option<KeepAlive>,
}

impl Ollama {
    /// Sets up a client for `config`. Connects nowhere.
    ///
    /// # Errors
    ///
    /// A key or a header no request can carry, and an address that is none.
    pub fn new(config: OllamaConfig) -> Result<Self> {
        let id = config.connection.id.clone();
        Self::set_up(config).map_err(|error| error.with_provider(&id))
    }

    fn set_up(config: OllamaConfig) -> Result<Self> {
        if let Some(api_key) = &config.api_key {
            check_key(api_key, "the server")?;
        }
        let server = config.server()?;
        let client = settings(&config);
        let OllamaConfig { connection, keep_alive, .. } = config;
        Ok(Self {
            api: Api::new(&connection.id, &client, Native)?,
            chat: server.join("api/chat"),
            tags: server.join("api/tags"),
            show: server.join("api/show"),
            keep_alive,
        })
    }

    /// What one model can do, where the catalogue does not say.
    async fn facts(&self, listed: Listed) -> Option<ModelInfo> {
        if listed.is_complete() {
            return listed.into_info(None);
        }
        let call = Call::post_json(&self.show, models::ask(&listed));
        let shown = self.api.call(call, models::shown).await;
        // A model that cannot be asked about is one of which less is known.
        listed.into_info(shown.ok())
    }
}

#[async_trait]
impl Provider for Ollama {
    fn id(&self) -> &ProviderId {
        self.api.provider()
    }

    async fn chat(&self, model: &ModelId, request: ChatRequest) -> Result<ChatResponse> {
        let body = request::encode(model, &request, false, self.keep_alive);
        self.api.answer(&self.chat, model, body).await.map_err(|error| advise(error, Some(model)))
    }

    async fn stream(&self, model: &ModelId, request: ChatRequest) -> Result<ResponseStream> {
        let body = request::encode(model, &request, true, self.keep_alive);
        self.api.stream(&self.chat, model, body).await.map_err(|error| advise(error, Some(model)))
    }

    /// Lists the models that can hold a conversation: one call, and one more for each model of
    /// which the list does not say what it can do.
    async fn models(&self) -> Result<Vec<ModelInfo>> {
        let listed = self.api.call(Call::get(&self.tags), models::decode).await;
        let listed = listed.map_err(|error| advise(error, None))?;
        let facts = stream::iter(listed).map(|listed| self.facts(listed)).buffered(SHOWN_AT_ONCE);
        Ok(facts.filter_map(|facts| async { facts }).collect().await)
    }
}

fn settings(config: &OllamaConfig) -> ClientSettings {
    let settings = config.connection.client_settings();
    match &config.api_key {
        Some(api_key) => settings.with_bearer(api_key),
        None => settings,
    }
}

/// Adds what can be done about an error.
fn advise(error: Error, model: Option<&ModelId>) -> Error {
    match (error.kind(), model) {
        (ErrorKind::ConnectRefused, _) => {
            error.with_advice("if Ollama is not running, start it with: ollama serve")
        }
        (ErrorKind::ModelNotFound, Some(model)) if is_plain(model) => {
            error.with_advice(&format!("pull it with: ollama pull {model}"))
        }
        (ErrorKind::ContextLength, _) => {
            error.with_advice("the server may give the model more by `num_ctx` under `options`")
        }
        _ => error,
    }
}

/// Whether a model's name can stand in a command as it is.
fn is_plain(model: &ModelId) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._:/@-".contains(&byte);
    !model.as_str().starts_with('-') && model.as_str().bytes().all(is_plain)
}
