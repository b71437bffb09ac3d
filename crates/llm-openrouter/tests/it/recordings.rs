//! Answers recorded from servers other people wrote.

use llm_core::{ErrorKind, FinishReason, Provider};

use crate::upstream::{Upstream, fold};

macro_rules! recording {
    ($name:literal) => {
        Upstream::recorded(include_str!(concat!("fixtures/", $name, ".txt")))
    };
}

#[tokio::test]
async fn a_whole_answer_with_cost() {
    let response = recording!("or_chat").chat().await.unwrap();
    insta::assert_json_snapshot!(response, @r#"
    {
      "id": "gen-OkVvLs8Vz6xK730Z",
      "model": "openai/gpt-4o-mini",
      "upstream": "openai",
      "message": {
        "content": [
          {
            "text": "priced answer"
          }
        ],
        "reasoning": "because"
      },
      "finish_reason": "stop",
      "native_finish_reason": "stop",
      "usage": {
        "input_tokens": 12,
        "output_tokens": 5,
        "total_tokens": 17,
        "cached_input_tokens": null,
        "cache_write_tokens": null,
        "reasoning_tokens": null,
        "cost": {
          "usd": "0.000042",
          "source": "reported"
        }
      }
    }
    "#);
}

#[tokio::test]
async fn a_stream_says_what_a_whole_answer_says() {
    let whole = recording!("or_chat").chat().await.unwrap();
    let mut streamed = fold(recording!("or_chat_stream").stream().await.unwrap());
    assert_eq!(streamed.id.as_deref(), Some("gen-658WEYKJmWqTgMGJ"));
    streamed.id.clone_from(&whole.id);
    assert_eq!(streamed, whole);
}

#[tokio::test]
async fn a_model_that_stepped_in_is_named() {
    let response = recording!("or_fallback").chat().await.unwrap();
    assert_eq!(response.model.unwrap(), "openai/gpt-4o-mini");
}

#[tokio::test]
async fn other_servers_answers() {
    let response = recording!("litellm_chat").chat().await.unwrap();
    assert_eq!(response.text(), "Hello from LiteLLM mock");
    let response = recording!("mockai_oai_text").chat().await.unwrap();
    assert_eq!(response.usage.unwrap().total_tokens, Some(14));
    let response = recording!("mockai_oai_bad-tool-json").chat().await.unwrap();
    assert_eq!(response.finish_reason, Some(FinishReason::ToolCalls));
    assert!(response.message.tool_calls[0].arguments.ends_with("\"unterminated\""));
}

#[tokio::test]
async fn other_servers_streams() {
    let response = fold(recording!("oai_chat_stream_usage").stream().await.unwrap());
    assert_eq!(response.text(), "Hello! This is a mock answer.");
    assert_eq!(response.usage.unwrap().total_tokens, Some(10));
    let response = fold(recording!("litellm_chat_stream_usage").stream().await.unwrap());
    assert_eq!(response.text(), "Hello from LiteLLM mock");
    let response = fold(recording!("oai_tool_stream").stream().await.unwrap());
    let call = &response.message.tool_calls[0];
    assert_eq!((&*call.id, &*call.name), ("call_w1", "get_weather"));
    assert_eq!(call.arguments, r#"{"city":"Paris"}"#);
    let response = fold(recording!("mockai_oai_tool-stream").stream().await.unwrap());
    assert_eq!(response.message.tool_calls[0].name, "Write");
}

#[tokio::test]
async fn a_stream_that_was_cut() {
    let error = recording!("oai_slowdrop").stream().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StreamCut);
}

#[tokio::test]
async fn errors() {
    let check = async |upstream: Upstream, kind: ErrorKind| {
        assert_eq!(upstream.chat().await.unwrap_err().kind(), kind);
    };
    check(recording!("or_err_401"), ErrorKind::UpstreamAuth).await;
    check(recording!("or_err_402"), ErrorKind::QuotaExhausted).await;
    check(recording!("or_err_429"), ErrorKind::RateLimited).await;
    check(recording!("or_err_500"), ErrorKind::UpstreamServer).await;
    check(recording!("or_err_529"), ErrorKind::Overloaded).await;
    check(recording!("chaos_drop"), ErrorKind::UpstreamServer).await;
    check(recording!("chaos_ratelimit"), ErrorKind::RateLimited).await;
    check(recording!("chaos_malformed"), ErrorKind::MalformedResponse).await;
    check(recording!("litellm_err_429"), ErrorKind::RateLimited).await;
    check(recording!("litellm_err_500"), ErrorKind::UpstreamServer).await;
    check(recording!("litellm_err_badmodel"), ErrorKind::ModelNotFound).await;
    check(recording!("litellm_err_ctx"), ErrorKind::ContextLength).await;
    check(recording!("mockai_oai_401"), ErrorKind::UpstreamAuth).await;
    check(recording!("mockai_oai_503"), ErrorKind::Overloaded).await;
}

#[tokio::test]
async fn the_catalogue_and_the_key() {
    let models = recording!("or_models").provider().models().await.unwrap();
    let model = models.iter().find(|model| model.id == "openai/gpt-4o-mini").unwrap();
    assert_eq!(model.capabilities.context_window, Some(128_000));
    assert_eq!(model.capabilities.tools, Some(true));
    let key = recording!("or_key").provider().key().await.unwrap();
    assert_eq!((key.limit_remaining, key.is_free_tier), (None, Some(false)));
}
