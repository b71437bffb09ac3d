//! Ollama at an upstream that answers every call with the same bytes.

use llm_core::{ChatRequest, ChatResponse, Provider, Result, StreamEvent};
use llm_ollama::{Ollama, OllamaConfig};
pub(crate) use llm_testkit::canned::fold;
use llm_testkit::canned::{Canned, collect};

pub(crate) const KEY: &str = "sk-test-000-canary";
pub(crate) const MODEL: &str = "swift:8b";

/// What the only server of a test answers now. A new one replaces the one before, because a test
/// has one server and one client: to make them takes longer than everything else.
#[derive(Clone)]
pub(crate) struct Upstream {
    canned: Canned,
    provider: Ollama,
}

thread_local! {
    static UPSTREAM: Upstream = Upstream::start();
}

impl Upstream {
    fn start() -> Self {
        let canned = Canned::start().unwrap();
        let config = OllamaConfig::default().with_base_url(canned.url("")).with_api_key(KEY);
        Self { provider: Ollama::new(config).unwrap(), canned }
    }

    fn set(answer: impl FnOnce(&Canned)) -> Self {
        let upstream = UPSTREAM.with(Self::clone);
        answer(&upstream.canned);
        upstream
    }

    llm_testkit::canned_answers!();

    pub(crate) fn config(&self) -> OllamaConfig {
        OllamaConfig::default().with_base_url(self.canned.url("")).with_api_key(KEY)
    }

    pub(crate) fn provider(&self) -> Ollama {
        self.provider.clone()
    }

    /// Asks for a whole answer.
    pub(crate) async fn chat(&self) -> Result<ChatResponse> {
        self.ask(ChatRequest::from("Hello")).await
    }

    /// Asks for a whole answer to `request`.
    pub(crate) async fn ask(&self, request: ChatRequest) -> Result<ChatResponse> {
        self.provider().chat(&MODEL.into(), request).await
    }

    /// Asks for a stream and reads it to its end.
    pub(crate) async fn stream(&self) -> Result<Vec<StreamEvent>> {
        let stream = self.provider().stream(&MODEL.into(), ChatRequest::from("Hello")).await?;
        let (events, error) = collect(stream).await;
        error.map_or(Ok(events), Err)
    }
}
