//! A key goes into its header and nowhere else.

use std::net::TcpListener;

use llm_core::{ChatRequest, Provider};
use llm_openai::{OpenAi, OpenAiConfig};

use crate::upstream::{KEY, MODEL, Upstream};

#[tokio::test]
async fn neither_configuration_nor_provider_nor_errors_show_the_key() {
    let body = format!(r#"{{"error":{{"message":"Incorrect API key provided: {KEY}."}}}}"#);
    let upstream = Upstream::json(401, &body);
    let config = upstream.config("/v1").with_header("x-second-key", "canary-header");
    let provider = OpenAi::new(config.clone()).unwrap();
    let error = provider.chat(&MODEL.into(), ChatRequest::from("Hello")).await.unwrap_err();
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let refused = OpenAiConfig::compatible(format!("http://{nobody}/v1")).with_api_key(KEY);
    let unreachable = OpenAi::new(refused).unwrap().models().await.unwrap_err();
    let shown = format!("{config:?} {provider:?} {error} {error:?} {unreachable} {unreachable:?}");
    for secret in [KEY, "canary"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    for error in [error, unreachable] {
        assert!(!format!("{error} {error:?} {provider:?}").contains("127.0.0.1"), "{error:?}");
    }
}
