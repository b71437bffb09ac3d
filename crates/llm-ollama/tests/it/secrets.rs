//! A key goes into its header and nowhere else.

use std::net::TcpListener;

use llm_core::{ChatRequest, Provider};
use llm_ollama::{Ollama, OllamaConfig};

use crate::upstream::{KEY, MODEL, Upstream};

#[tokio::test]
async fn neither_configuration_nor_provider_nor_errors_show_key_or_address() {
    let upstream = Upstream::json(500, r#"{"error":"no"}"#);
    let config = upstream.config().with_header("x-second-key", "canary-header");
    let provider = Ollama::new(config.clone()).unwrap();
    let error = provider.chat(&MODEL.into(), ChatRequest::from("Hello")).await.unwrap_err();
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let refused =
        OllamaConfig::default().with_api_key(KEY).with_base_url(format!("http://{nobody}"));
    let unreachable = Ollama::new(refused).unwrap().models().await.unwrap_err();
    let shown = format!("{config:?} {provider:?} {error} {error:?} {unreachable} {unreachable:?}");
    for secret in [KEY, "canary"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    for error in [error, unreachable] {
        assert!(!format!("{error} {error:?}").contains("127.0.0.1"), "{error:?}");
    }
}
