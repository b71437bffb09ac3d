//! The catalogue and the key.

use llm_core::{ErrorKind, Provider};

use crate::upstream::Upstream;

#[tokio::test]
async fn the_catalogue_says_what_models_can_do_and_cost() {
    let body = r#"{"data":[
        {"id":"acme/swift-8b","name":"Acme: Swift 8B","context_length":131072,
         "architecture":{"input_modalities":["text","image"]},
         "pricing":{"prompt":"0.00000015","completion":"0.0000006","request":"0"},
         "top_provider":{"context_length":65536,"max_completion_tokens":16384},
         "supported_parameters":["tools","structured_outputs","reasoning","stop"],
         "expiration_date":"2027-01-31"},
        {"id":"router/auto","context_length":null,"pricing":{"prompt":"-1","completion":"-1"}},
        {"id":"acme/free-1b:free","context_length":8192,
         "architecture":{"input_modalities":["text"]},
         "pricing":{"prompt":"0","completion":"0"},"supported_parameters":["response_format"]},
        {"id":null},
        {"pricing":7}
    ]}"#;
    let models = Upstream::json(200, body).provider().models().await.unwrap();
    insta::assert_json_snapshot!(models, @r#"
    [
      {
        "id": "acme/swift-8b",
        "name": "Acme: Swift 8B",
        "capabilities": {
          "context_window": 131072,
          "max_output_tokens": 16384,
          "tools": true,
          "images": true,
          "json_object": true,
          "json_schema": true,
          "streaming": true,
          "reasoning": true,
          "stop": true
        },
        "price": {
          "input": "0.00000015",
          "output": "0.0000006",
          "request": "0"
        },
        "expires": "2027-01-31"
      },
      {
        "id": "router/auto",
        "name": null,
        "capabilities": {
          "context_window": null,
          "max_output_tokens": null,
          "tools": null,
          "images": null,
          "json_object": null,
          "json_schema": null,
          "streaming": true,
          "reasoning": null,
          "stop": null
        },
        "price": null,
        "expires": null
      },
      {
        "id": "acme/free-1b:free",
        "name": null,
        "capabilities": {
          "context_window": 8192,
          "max_output_tokens": null,
          "tools": false,
          "images": false,
          "json_object": true,
          "json_schema": false,
          "streaming": true,
          "reasoning": false,
          "stop": false
        },
        "price": {
          "input": "0",
          "output": "0",
          "request": null
        },
        "expires": null
      }
    ]
    "#);
    assert!(models[2].price.unwrap().is_free());
    assert!(models[1].price.is_none(), "a negative price is unknown, not free");
}

#[tokio::test]
async fn a_catalogue_that_cannot_be_read_is_an_error() {
    for body in ["{}", "[]", r#"{"data":[{"name":"no id"}]}"#, r#"{"data":{}}"#] {
        let error = Upstream::json(200, body).provider().models().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::MalformedResponse, "{body}");
        assert_eq!(error.provider().unwrap(), &"openrouter");
    }
    let body = r#"{"error":{"code":401,"message":"No auth"}}"#;
    let upstream = Upstream::answering(401, "x-request-id: req-1\r\n", body);
    let error = upstream.provider().models().await.unwrap_err();
    assert_eq!((error.kind(), error.model()), (ErrorKind::UpstreamAuth, None));
    assert_eq!(error.request_id(), Some("req-1"));
    let error = Upstream::json(200, body).provider().key().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UpstreamAuth, "an error inside a success is an error");
}

#[tokio::test]
async fn a_key_says_what_is_left() {
    let body = r#"{"data":{"label":"sk-or-v1-abc...xyz","limit":10,"limit_remaining":2.75,
        "limit_reset":"monthly","usage":7.25,"is_free_tier":false,"expires_at":null,"new":{}}}"#;
    let upstream = Upstream::json(200, body);
    let key = upstream.provider().key().await.unwrap();
    assert!(upstream.received()[0].head.starts_with("GET /api/v1/key HTTP/1.1\r\n"));
    assert_eq!(key.limit_remaining.unwrap().to_string(), "2.75");
    assert_eq!((key.is_free_tier, key.limit_reset.as_deref()), (Some(false), Some("monthly")));
    assert_eq!(key.expires_at, None);
    assert!(!format!("{key:?}").contains("sk-or"), "the key's label stays out");

    let unlimited = Upstream::json(200, r#"{"data":{"limit":null,"limit_remaining":null}}"#);
    assert_eq!(unlimited.provider().key().await.unwrap().limit_remaining, None);
    let spent = Upstream::json(200, r#"{"data":{"limit":1,"limit_remaining":-0.2}}"#);
    assert!(spent.provider().key().await.unwrap().limit_remaining.unwrap().is_zero());
}
