//! Answers recorded from servers other people wrote.

use llm_core::{ErrorKind, FinishReason};

use crate::upstream::{Upstream, fold};

macro_rules! recording {
    ($name:literal) => {
        Upstream::recorded(include_str!(concat!("fixtures/", $name, ".txt")))
    };
}

#[tokio::test]
async fn a_whole_answer() {
    let response = recording!("mockai_ant_text").chat().await.unwrap();
    insta::assert_json_snapshot!(response, @r#"
    {
      "id": "msg_66f0bf5e284b4129a05a78c5",
      "model": "claude-sonnet-4-20250514",
      "upstream": null,
      "message": {
        "content": [
          {
            "text": "Hello. It's nice to meet you."
          }
        ]
      },
      "finish_reason": "stop",
      "native_finish_reason": "end_turn",
      "usage": {
        "input_tokens": 2,
        "output_tokens": 12,
        "total_tokens": 14,
        "cached_input_tokens": null,
        "cache_write_tokens": null,
        "reasoning_tokens": null,
        "cost": null
      }
    }
    "#);
}

#[tokio::test]
async fn a_stream_says_what_a_whole_answer_says() {
    let whole = recording!("mockai_ant_text").chat().await.unwrap();
    let mut streamed = fold(recording!("mockai_ant_anthropic-stream").stream().await.unwrap());
    assert_eq!(streamed.id.as_deref(), Some("msg_e400ff2333b3411a8f4ea0d6"));
    streamed.id.clone_from(&whole.id);
    assert_eq!(streamed, whole);

    let whole = recording!("ant_messages").chat().await.unwrap();
    assert_eq!(whole.text(), "Hello! This is a mock answer.");
    let mut streamed = fold(recording!("ant_messages_stream").stream().await.unwrap());
    streamed.id.clone_from(&whole.id);
    assert_eq!(streamed, whole);
}

#[tokio::test]
async fn a_stream_to_a_plain_call_is_folded() {
    let response = recording!("ant_messages_stream").chat().await.unwrap();
    assert_eq!(response.text(), "Hello! This is a mock answer.");
}

#[tokio::test]
async fn tool_calls() {
    let whole = recording!("mockai_ant_tool-use").chat().await.unwrap();
    let streamed = fold(recording!("mockai_ant_tool-stream").stream().await.unwrap());
    for response in [&whole, &streamed] {
        assert_eq!(response.finish_reason, Some(FinishReason::ToolCalls));
        let call = &response.message.tool_calls[0];
        let arguments: serde_json::Value = serde_json::from_str(&call.arguments).unwrap();
        assert_eq!(call.name, "Write");
        assert_eq!(arguments["path"], "tmp/mock-file.txt");
        assert_eq!(response.usage.as_ref().unwrap().total_tokens, Some(16));
    }
}

#[tokio::test]
async fn another_servers_answer() {
    let response = recording!("litellm_anthropic_messages").chat().await.unwrap();
    assert_eq!(response.text(), "Hello from LiteLLM mock");
    assert_eq!(response.usage.unwrap().total_tokens, Some(2_598));
}

#[tokio::test]
async fn errors() {
    let check = async |upstream: Upstream, kind: ErrorKind| {
        let error = upstream.chat().await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
    };
    check(recording!("ant_err_529"), ErrorKind::Overloaded).await;
    check(recording!("mockai_ant_429"), ErrorKind::RateLimited).await;
    check(recording!("mockai_ant_500"), ErrorKind::UpstreamServer).await;
    check(recording!("mockai_ant_stream-error"), ErrorKind::UpstreamServer).await;
    let error = recording!("ant_err_529").chat().await.unwrap_err();
    assert_eq!(error.request_id(), Some("req-aVhpVYADNe-SZgLA"));
}
