//! What OpenRouter is sent.

use llm_core::{ChatRequest, ErrorKind, Message, Part, Provider, Reasoning};
use llm_openrouter::{OpenRouter, OpenRouterConfig, ProviderPreferences};
use serde_json::json;

use crate::upstream::{KEY, MODEL, Upstream};

const ANSWER: &str = r#"{"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]}"#;

fn preferences() -> ProviderPreferences {
    let mut preferences = ProviderPreferences::default();
    preferences.order = vec!["acme".to_owned()];
    preferences.require_parameters = Some(true);
    preferences.extras.insert("preferred_max_latency".to_owned(), json!(3));
    preferences
}

#[tokio::test]
async fn the_body_says_what_the_configuration_and_the_request_say() {
    let upstream = Upstream::json(200, ANSWER);
    let config = upstream
        .config()
        .with_provider_preferences(preferences())
        .with_fallback_models(vec!["acme/spare-8b".into()]);
    let request = ChatRequest::from("Hello")
        .with_max_tokens(64)
        .with_reasoning(Reasoning::effort("low"))
        .with_extra("service_tier", "flex");
    OpenRouter::new(config).unwrap().chat(&MODEL.into(), request).await.unwrap();
    insta::assert_json_snapshot!(upstream.body(), @r#"
    {
      "max_tokens": 64,
      "messages": [
        {
          "content": "Hello",
          "role": "user"
        }
      ],
      "model": "acme/swift-8b",
      "models": [
        "acme/spare-8b"
      ],
      "provider": {
        "order": [
          "acme"
        ],
        "preferred_max_latency": 3,
        "require_parameters": true
      },
      "reasoning": {
        "effort": "low"
      },
      "service_tier": "flex"
    }
    "#);
}

#[tokio::test]
async fn the_request_wins_over_the_configuration() {
    let upstream = Upstream::json(200, ANSWER);
    let config = upstream.config().with_provider_preferences(preferences());
    let request = ChatRequest::from("Hello").with_extra("provider", json!({"only": ["other"]}));
    OpenRouter::new(config).unwrap().chat(&MODEL.into(), request).await.unwrap();
    assert_eq!(upstream.body()["provider"], json!({"only": ["other"]}));
}

#[tokio::test]
async fn a_stream_is_asked_for_by_the_body() {
    let upstream = Upstream::events("data: [DONE]\n\n");
    assert!(upstream.stream().await.is_err());
    assert_eq!(upstream.body()["stream"], true);
    // OpenRouter sends usage unasked.
    assert!(upstream.body().get("stream_options").is_none());
}

#[tokio::test]
async fn the_head_carries_key_attribution_and_own_headers() {
    let upstream = Upstream::json(200, ANSWER);
    let config = upstream
        .config()
        .with_attribution("https://example.com", "Example")
        .with_header("X-Team", "blue");
    let provider = OpenRouter::new(config).unwrap();
    provider.chat(&MODEL.into(), ChatRequest::from("Hello")).await.unwrap();
    let head = upstream.received()[0].head.to_ascii_lowercase();
    assert!(head.starts_with("post /api/v1/chat/completions http/1.1\r\n"), "{head}");
    for line in [
        &*format!("authorization: bearer {KEY}"),
        "http-referer: https://example.com",
        "x-openrouter-title: example",
        "x-team: blue",
        "content-type: application/json",
    ] {
        assert!(head.lines().any(|sent| sent == line), "{line} is missing in {head}");
    }
}

#[tokio::test]
async fn a_slash_at_the_end_of_the_address_is_fine() {
    let upstream = Upstream::json(200, r#"{"data":[]}"#);
    let base_url = format!("{}/", upstream.config().connection.base_url);
    let provider = OpenRouter::new(upstream.config().with_base_url(base_url)).unwrap();
    assert!(provider.models().await.unwrap().is_empty());
    assert!(upstream.received()[0].head.starts_with("GET /api/v1/models HTTP/1.1\r\n"));
}

#[tokio::test]
async fn what_cannot_be_said_is_refused_before_anything_is_sent() {
    let upstream = Upstream::json(200, ANSWER);
    let provider = upstream.provider();
    let requests = [
        ChatRequest::new([]),
        ChatRequest::from("Hello").with_temperature(f64::INFINITY),
        ChatRequest::from("Hello").with_extra("model", "acme/other-8b"),
        ChatRequest::new([Message::user_parts([Part::Other(json!(7))])]),
    ];
    for request in requests {
        let error = provider.chat(&MODEL.into(), request).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
        assert_eq!(error.model().unwrap(), &MODEL);
    }
    assert!(upstream.received().is_empty());
}

#[test]
fn a_key_or_address_no_call_can_use_is_refused() {
    let check = |config: OpenRouterConfig, expected: &str| {
        let error = OpenRouter::new(config).unwrap_err().to_string();
        assert!(error.starts_with("openrouter: ") && error.contains(expected), "{error}");
        assert!(!error.contains("canary"), "{error}");
    };
    check(OpenRouterConfig::new(""), "api_key is empty");
    check(OpenRouterConfig::new("canary\n"), "line break");
    for base_url in
        ["", "canary", "ftp://canary", "https://", "https://canary@host/v1", "http:///x"]
    {
        check(OpenRouterConfig::new("sk-test-000").with_base_url(base_url), "base_url");
    }
    check(OpenRouterConfig::new("sk-test-000").with_header("bad name", "x"), "header");
}
