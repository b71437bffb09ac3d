//! A provider that panics.

use std::sync::Arc;

use async_trait::async_trait;
use llm_core::{
    ChatRequest, ChatResponse, ModelId, ModelInfo, Provider, ProviderId, ResponseStream, Result,
};
use llm_crewai_bridge::FaultKind;
use serde_json::json;

use crate::support::{hello, read, service_of};

/// Panics when it is asked for `acme/one`, and answers as anything else.
#[derive(Debug)]
struct Panicking(ProviderId);

#[async_trait]
impl Provider for Panicking {
    fn id(&self) -> &ProviderId {
        &self.0
    }

    async fn chat(&self, model: &ModelId, _: ChatRequest) -> Result<ChatResponse> {
        assert!(model.as_str() != "acme/one", "a defect with sk-test-000 in it");
        Ok(ChatResponse::from_text("fine"))
    }

    async fn stream(&self, model: &ModelId, request: ChatRequest) -> Result<ResponseStream> {
        let events = self.chat(model, request).await?.into_events();
        Ok(Box::pin(futures_util::stream::iter(events.into_iter().map(Ok))))
    }

    async fn models(&self) -> Result<Vec<ModelInfo>> {
        Ok(Vec::new())
    }
}

#[tokio::test(start_paused = true)]
async fn o07_a_panic_of_a_provider_is_an_exception_and_later_calls_are_served() {
    let service = service_of(&Arc::new(Panicking("lab".into())));
    for _ in 0..3 {
        let fault = service.generate(&hello()).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Internal);
        assert!(!fault.message.contains("sk-test"), "{fault}");

        let mut stream = service.stream(&hello()).unwrap();
        assert_eq!(stream.next().await.unwrap_err().kind, FaultKind::Internal);
        assert_eq!(stream.next().await, Ok(None));
    }
    let named = json!({ "messages": "Hello", "options": { "model_name": "acme/two" } });
    let reply = read(&service.generate(&named.to_string()).await.unwrap());
    assert_eq!(reply["content"], "fine");
    assert!(read(&service.models()).as_array().unwrap().len() == 2);
    service.close();
}
