//! A key goes into its header and nowhere else.

use std::net::TcpListener;

use llm_anthropic::{Anthropic, AnthropicConfig};
use llm_core::{ChatRequest, Provider};

use crate::upstream::{KEY, MODEL, Upstream};

#[tokio::test]
async fn neither_configuration_nor_provider_nor_errors_show_the_key() {
    let upstream =
        Upstream::json(500, r#"{"type":"error","error":{"type":"api_error","message":"x"}}"#);
    let config = upstream.config().with_header("x-second-key", "canary-header");
    let provider = Anthropic::new(config.clone()).unwrap();
    let error = provider.chat(&MODEL.into(), ChatRequest::from("Hello")).await.unwrap_err();
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let refused = AnthropicConfig::new(KEY).with_base_url(format!("http://{nobody}"));
    let unreachable = Anthropic::new(refused).unwrap().models().await.unwrap_err();
    let shown = format!("{config:?} {provider:?} {error} {error:?} {unreachable} {unreachable:?}");
    for secret in [KEY, "canary"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    for error in [error, unreachable] {
        assert!(!format!("{error} {error:?}").contains("127.0.0.1"), "{error:?}");
    }
}
