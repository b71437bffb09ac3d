//! OpenAI, and a compatible server, at an upstream that answers every call with the same bytes.

use llm_core::{ChatRequest, ChatResponse, Provider, Result, StreamEvent};
use llm_openai::{OpenAi, OpenAiConfig};
pub(crate) use llm_testkit::canned::fold;
use llm_testkit::canned::{Canned, collect};

pub(crate) const KEY: &str = "sk-test-000-canary";
pub(crate) const MODEL: &str = "acme/swift-8b";

/// What the only server of a test answers now. A new one replaces the one before, because a test
/// has one server and one client: to make them takes longer than everything else.
#[derive(Clone)]
pub(crate) struct Upstream {
    canned: Canned,
    openai: OpenAi,
    compatible: OpenAi,
}

thread_local! {
    static UPSTREAM: Upstream = Upstream::start();
}

impl Upstream {
    fn start() -> Self {
        let canned = Canned::start().unwrap();
        let openai = OpenAiConfig::new(KEY).with_base_url(canned.url("/v1"));
        let compatible = OpenAiConfig::compatible(canned.url("/v1"));
        Self {
            openai: OpenAi::new(openai).unwrap(),
            compatible: OpenAi::new(compatible).unwrap(),
            canned,
        }
    }

    fn set(answer: impl FnOnce(&Canned)) -> Self {
        let upstream = UPSTREAM.with(Self::clone);
        answer(&upstream.canned);
        upstream
    }

    llm_testkit::canned_answers!();

    /// The settings of OpenAI at this upstream, under this path.
    pub(crate) fn config(&self, path: &str) -> OpenAiConfig {
        OpenAiConfig::new(KEY).with_base_url(self.canned.url(path))
    }

    pub(crate) fn openai(&self) -> OpenAi {
        self.openai.clone()
    }

    pub(crate) fn compatible(&self) -> OpenAi {
        self.compatible.clone()
    }

    /// Asks for a whole answer.
    pub(crate) async fn chat(&self) -> Result<ChatResponse> {
        self.openai.chat(&MODEL.into(), ChatRequest::from("Hello")).await
    }

    /// Asks for a stream and reads it to its end.
    pub(crate) async fn stream(&self) -> Result<Vec<StreamEvent>> {
        let stream = self.compatible.stream(&MODEL.into(), ChatRequest::from("Hello")).await?;
        let (events, error) = collect(stream).await;
        error.map_or(Ok(events), Err)
    }

    /// Reads a stream and folds it.
    pub(crate) async fn streamed(&self) -> ChatResponse {
        fold(self.stream().await.unwrap())
    }
}

/// An event of a stream.
pub(crate) fn data(chunk: &str) -> String {
    format!("data: {chunk}\n\n")
}

/// A stream of these chunks, with its end.
pub(crate) fn stream_of(chunks: &[&str]) -> String {
    chunks.iter().map(|chunk| data(chunk)).collect::<String>() + "data: [DONE]\n\n"
}
