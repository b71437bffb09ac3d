//! The catalogue and its pages.

use llm_anthropic::{Anthropic, AnthropicConfig};
use llm_core::{ErrorKind, Provider};
use llm_testkit::{
    canned::Received,
    simulator::{Dialect, ModelScript, Simulator, SimulatorConfig},
};

use crate::upstream::Upstream;

#[tokio::test]
async fn the_catalogue_says_what_models_can_do() {
    let body = r#"{"data":[
        {"type":"model","id":"claude-swift","display_name":"Claude Swift",
         "created_at":"2026-01-01T00:00:00Z","max_input_tokens":200000,"max_tokens":64000,
         "capabilities":{"image_input":{"supported":true},"structured_outputs":{"supported":true},
                         "thinking":{"supported":false,"types":{}},"batch":{"supported":true}},
         "lifecycle":"deprecated","retires_at":"2027-01-31T00:00:00Z"},
        {"type":"model","id":"claude-old","lifecycle":"retired"},
        {"type":"model","id":"claude-plain","max_input_tokens":null,"capabilities":7},
        {"type":"model","id":null},
        7
    ],"has_more":false,"first_id":"claude-swift","last_id":"claude-plain"}"#;
    let models = Upstream::json(200, body).provider().models().await.unwrap();
    insta::assert_json_snapshot!(models, @r#"
    [
      {
        "id": "claude-swift",
        "name": "Claude Swift",
        "capabilities": {
          "context_window": 200000,
          "max_output_tokens": 64000,
          "tools": null,
          "images": true,
          "json_object": false,
          "json_schema": true,
          "streaming": true,
          "reasoning": false,
          "stop": null
        },
        "price": null,
        "expires": "2027-01-31"
      },
      {
        "id": "claude-plain",
        "name": null,
        "capabilities": {
          "context_window": null,
          "max_output_tokens": null,
          "tools": null,
          "images": null,
          "json_object": false,
          "json_schema": null,
          "streaming": true,
          "reasoning": null,
          "stop": null
        },
        "price": null,
        "expires": null
      }
    ]
    "#);
}

#[tokio::test]
async fn a_catalogue_of_another_shape_is_malformed() {
    for body in ["{}", "[]", r#"{"data":7}"#, r#"{"data":[7]}"#] {
        let error = Upstream::json(200, body).provider().models().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::MalformedResponse, "{body}");
        assert_eq!(error.provider().unwrap(), &"anthropic");
    }
    assert!(Upstream::json(200, r#"{"data":[]}"#).provider().models().await.unwrap().is_empty());
    // A compatible server without pages.
    let body = r#"{"object":"list","data":[{"id":"claude-x","object":"model"}]}"#;
    assert_eq!(Upstream::json(200, body).provider().models().await.unwrap().len(), 1);
}

#[tokio::test]
async fn pages_are_read_to_the_end() {
    let models = (0..2_100).map(|number| ModelScript::new(format!("claude-{number:04}")));
    let config = SimulatorConfig::default()
        .with_key("sk-test-000")
        .with_dialect(Dialect::Anthropic)
        .with_models(models);
    let simulator = Simulator::start(config).unwrap();
    let config = AnthropicConfig::new("sk-test-000").with_base_url(simulator.base_url());
    let models = Anthropic::new(config).unwrap().models().await.unwrap();
    assert_eq!(models.len(), 2_100);
    assert_eq!(models[2_099].id, "claude-2099");
}

#[tokio::test]
async fn a_catalogue_without_an_end_is_given_up() {
    let body = r#"{"data":[{"id":"claude-x"}],"has_more":true,"last_id":"claude-x"}"#;
    let upstream = Upstream::json(200, body);
    let error = upstream.provider().models().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MalformedResponse);
    assert!(error.message().contains("20 pages"), "{error}");
    let received = upstream.received();
    let paths: Vec<_> = received.iter().map(Received::path).collect();
    assert_eq!(paths.len(), 20);
    assert_eq!(paths[0], "/v1/models?limit=1000");
    assert_eq!(paths[1], "/v1/models?limit=1000&after_id=claude-x");
}

#[tokio::test]
async fn a_rejected_key_says_so() {
    let body =
        r#"{"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"}}"#;
    let error = Upstream::json(401, body).provider().models().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UpstreamAuth);
}
