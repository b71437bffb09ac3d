//! A provider that refuses some of its calls: they go to a port where nobody listens.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use llm_core::{
    ChatRequest, ChatResponse, ModelId, ModelInfo, Provider, ProviderId, ResponseStream, Result,
};
use llm_manager::{ProviderFactory, ProviderSetup};
use llm_openrouter::{OpenRouter, OpenRouterConfig};

/// The kind under which the configuration knows it.
pub(super) const KIND: &str = "door";
/// A port of the privileged range that nothing is bound to: a connection to it is refused by the
/// system, as by a host whose server is down.
const NOBODY: &str = "http://127.0.0.1:1/api/v1";

/// Makes OpenRouter clients, some of whose calls are refused.
#[derive(Debug)]
pub(super) struct Door {
    /// The share of calls that are refused.
    share: f64,
    seed: u64,
    refused: Arc<AtomicUsize>,
}

/// Two clients of the same provider: one reaches it, one does not.
#[derive(Debug)]
struct Doorway {
    open: OpenRouter,
    shut: OpenRouter,
    share: f64,
    random: Mutex<fastrand::Rng>,
    refused: Arc<AtomicUsize>,
}

impl Door {
    pub(super) fn new(share: f64, seed: u64) -> Self {
        Self { share, seed, refused: Arc::default() }
    }

    /// Counts the calls that were refused: no upstream has them in its log.
    pub(super) fn refused(&self) -> Arc<AtomicUsize> {
        Arc::clone(&self.refused)
    }
}

impl ProviderFactory for Door {
    fn build(&self, setup: ProviderSetup) -> Result<Arc<dyn Provider>> {
        let key = setup.api_key.unwrap_or_default();
        let config = OpenRouterConfig::new(key)
            .with_id(setup.id)
            .with_connect_timeout(setup.connect_timeout)
            .with_base_url(setup.base_url.unwrap_or_default());
        Ok(Arc::new(Doorway {
            shut: OpenRouter::new(config.clone().with_base_url(NOBODY))?,
            open: OpenRouter::new(config)?,
            share: self.share,
            random: Mutex::new(fastrand::Rng::with_seed(self.seed)),
            refused: Arc::clone(&self.refused),
        }))
    }
}

impl Doorway {
    /// Where the next call goes.
    fn way(&self) -> &OpenRouter {
        let drawn = self.random.lock().unwrap_or_else(PoisonError::into_inner).f64();
        if drawn < self.share {
            self.refused.fetch_add(1, Ordering::Relaxed);
            return &self.shut;
        }
        &self.open
    }
}

#[async_trait]
impl Provider for Doorway {
    fn id(&self) -> &ProviderId {
        self.open.id()
    }

    async fn chat(&self, model: &ModelId, request: ChatRequest) -> Result<ChatResponse> {
        self.way().chat(model, request).await
    }

    async fn stream(&self, model: &ModelId, request: ChatRequest) -> Result<ResponseStream> {
        self.way().stream(model, request).await
    }

    async fn models(&self) -> Result<Vec<ModelInfo>> {
        self.open.models().await
    }
}
