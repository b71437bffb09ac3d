//! Asks along the chain of `settings.yaml`, whose second provider is of the kind added here.

use std::{error::Error, sync::Arc};

use llm_manager::{LlmManager, config::Config};
use llm_quill::{KIND, QuillFactory};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let manager = LlmManager::builder()
        .config(Config::builder().path("settings.yaml").load()?)
        .provider_kind(KIND, Arc::new(QuillFactory))
        .without_state()
        .build()?;
    let outcome = manager.generate("What is a quill?").await?;
    for attempt in outcome.attempts() {
        println!("{}:{} {:?}", attempt.provider, attempt.model, attempt.outcome);
    }
    println!("{}", outcome.text());
    Ok(())
}
