//! A provider that takes its time.

use std::time::Duration;

use async_trait::async_trait;
use futures_util::{StreamExt, stream};
use llm_core::{
    ChatRequest, ChatResponse, ModelId, ModelInfo, Provider, ProviderId, ResponseStream, Result,
};

use super::{echo::echo, reply::wait};

/// Answers with the text of the last message after a delay. A stream is accepted at once and
/// silent for the delay.
#[derive(Clone, Debug)]
pub struct SlowProvider {
    id: ProviderId,
    delay: Duration,
}

impl SlowProvider {
    /// A provider of this name that takes `delay` for everything.
    pub fn new(id: impl Into<ProviderId>, delay: Duration) -> Self {
        Self { id: id.into(), delay }
    }
}

#[async_trait]
impl Provider for SlowProvider {
    fn id(&self) -> &ProviderId {
        &self.id
    }

    async fn chat(&self, model: &ModelId, request: ChatRequest) -> Result<ChatResponse> {
        wait(self.delay).await;
        Ok(echo(model, &request))
    }

    async fn stream(&self, model: &ModelId, request: ChatRequest) -> Result<ResponseStream> {
        let events = echo(model, &request).into_events();
        let delay = self.delay;
        let silence = stream::once(wait(delay)).filter_map(async |()| None);
        Ok(silence.chain(stream::iter(events.into_iter().map(Ok))).boxed())
    }

    async fn models(&self) -> Result<Vec<ModelInfo>> {
        wait(self.delay).await;
        Ok(Vec::new())
    }
}
