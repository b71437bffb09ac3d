//! A provider that repeats what it is told.

use async_trait::async_trait;
use futures_util::{StreamExt, stream};
use llm_core::{
    ChatRequest, ChatResponse, Message, ModelId, ModelInfo, Part, Provider, ProviderId,
    ResponseStream, Result,
};

/// Answers with the text of the last message, at once.
#[derive(Clone, Debug)]
pub struct EchoProvider {
    id: ProviderId,
}

impl EchoProvider {
    /// A provider of this name. It serves any model and lists none.
    pub fn new(id: impl Into<ProviderId>) -> Self {
        Self { id: id.into() }
    }
}

#[async_trait]
impl Provider for EchoProvider {
    fn id(&self) -> &ProviderId {
        &self.id
    }

    async fn chat(&self, model: &ModelId, request: ChatRequest) -> Result<ChatResponse> {
        Ok(echo(model, &request))
    }

    async fn stream(&self, model: &ModelId, request: ChatRequest) -> Result<ResponseStream> {
        let events = echo(model, &request).into_events();
        Ok(stream::iter(events.into_iter().map(Ok)).boxed())
    }

    async fn models(&self) -> Result<Vec<ModelInfo>> {
        Ok(Vec::new())
    }
}

/// The text of the last message, as an answer of `model`.
pub(super) fn echo(model: &ModelId, request: &ChatRequest) -> ChatResponse {
    let parts = request.messages.last().map_or(&[][..], Message::content);
    let text: String = parts.iter().filter_map(Part::as_text).collect();
    let mut response = ChatResponse::from_text(text);
    response.model = Some(model.clone());
    response
}
