//! Anthropic as a provider: one call to it, and nothing else.

use async_trait::async_trait;
use bytes::Bytes;
use llm_core::{
    ChatRequest, ChatResponse, Error, ErrorKind, ModelId, ModelInfo, Provider, ProviderId,
    ResponseStream, Result,
};
use llm_http::{Api, Call, ClientSettings, Connection, Endpoint, check_key, name_refused_tool};
use secrecy::SecretString;

use crate::{
    config::AnthropicConfig,
    wire::{codec::Messages, models, request::encode},
};

/// The version of the API this crate speaks.
const VERSION: &str = "2023-06-01";

/// Models asked for at once: as many as the API gives.
const PAGE: &str = "1000";

/// More pages than any catalogue has.
const PAGES: usize = 20;

/// Anthropic. A clone shares the client and its connections.
///
/// ```no_run
/// use llm_anthropic::{Anthropic, AnthropicConfig};
/// use llm_core::{ChatRequest, Provider};
///
/// # async fn example() -> llm_core::Result<()> {
/// let provider = Anthropic::new(AnthropicConfig::new("sk-test-000"))?;
/// let answer = provider.chat(&"claude-haiku".into(), ChatRequest::from("Hello")).await?;
/// println!("{}", answer.text());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Anthropic {
    api: Api<Messages>,
    messages: Endpoint,
    models: Endpoint,
    default_max_tokens: u32,
}

impl Anthropic {
    /// Sets up a client for `config`. Connects nowhere.
    ///
    /// # Errors
    ///
    /// A key or a header no request can carry, and an address that is none.
    pub fn new(config: AnthropicConfig) -> Result<Self> {
        let id = config.connection.id.clone();
        Self::set_up(config).map_err(|error| error.with_provider(&id))
    }

    fn set_up(config: AnthropicConfig) -> Result<Self> {
        let AnthropicConfig { connection, api_key, beta, default_max_tokens } = config;
        check_key(&api_key, "Anthropic")?;
        let base = Endpoint::new(unversioned(&connection.base_url))?;
        Ok(Self {
            api: Api::new(&connection.id, &settings(&connection, &api_key, &beta), Messages)?,
            messages: base.join("v1/messages"),
            models: base.join("v1/models").with_query("limit", PAGE),
            default_max_tokens,
        })
    }

    fn body(&self, model: &ModelId, request: &ChatRequest, stream: bool) -> Result<Bytes> {
        encode(model, request, stream, self.default_max_tokens)
    }
}

#[async_trait]
impl Provider for Anthropic {
    fn id(&self) -> &ProviderId {
        self.api.provider()
    }

    async fn chat(&self, model: &ModelId, request: ChatRequest) -> Result<ChatResponse> {
        let answer =
            self.api.answer(&self.messages, model, self.body(model, &request, false)).await;
        answer.map_err(|error| name_refused_tool(error, &request.tools))
    }

    async fn stream(&self, model: &ModelId, request: ChatRequest) -> Result<ResponseStream> {
        let stream = self.api.stream(&self.messages, model, self.body(model, &request, true)).await;
        stream.map_err(|error| name_refused_tool(error, &request.tools))
    }

    async fn models(&self) -> Result<Vec<ModelInfo>> {
        let mut all = Vec::new();
        let mut endpoint = self.models.clone();
        for _ in 0..PAGES {
            let page = self.api.call(Call::get(&endpoint), models::decode).await?;
            all.extend(page.models);
            match page.next {
                Some(last) => endpoint = self.models.with_query("after_id", &last),
                None => return Ok(all),
            }
        }
        let message = format!("the catalogue has no end: {PAGES} pages promise one more");
        Err(Error::new(ErrorKind::MalformedResponse, message).with_provider(self.id()))
    }
}

/// The address without the version: it stands in the paths.
fn unversioned(base_url: &str) -> &str {
    let mut base = base_url.trim_end_matches('/');
    while let Some(shorter) = base.strip_suffix("/v1") {
        base = shorter.trim_end_matches('/');
    }
    base
}

/// The client's settings. A header of the user's own wins over those of this crate.
fn settings(connection: &Connection, api_key: &SecretString, beta: &[String]) -> ClientSettings {
    let mut own = vec![("x-api-key", api_key.clone()), ("anthropic-version", VERSION.into())];
    if !beta.is_empty() {
        own.push(("anthropic-beta", beta.join(",").into()));
    }
    let is_set =
        |name: &str| connection.headers.iter().any(|(header, _)| header.eq_ignore_ascii_case(name));
    let own = own.into_iter().filter(|(name, _)| !is_set(name));
    own.fold(connection.client_settings(), |settings, (name, value)| {
        settings.with_header(name, value)
    })
}
