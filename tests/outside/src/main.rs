//! Streams one answer from OpenRouter, with ten lines of its own.

use futures_util::StreamExt;
use llm_core::{ChatRequest, Provider, StreamEvent};
use llm_openrouter::{OpenRouter, OpenRouterConfig};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let base_url = std::env::var("BASE_URL")?;
    let config = OpenRouterConfig::new("any-key").with_base_url(base_url);
    let provider = OpenRouter::new(config)?;
    let mut answer = provider.stream(&"acme/swift-8b".into(), ChatRequest::from("Hello")).await?;
    while let Some(event) = answer.next().await {
        if let StreamEvent::Text(text) = event? {
            print!("{text}");
        }
    }
    Ok(())
}
