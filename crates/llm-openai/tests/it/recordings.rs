//! Answers recorded from servers other people wrote.

use llm_core::{ChatResponse, ErrorKind as Kind, FinishReason, Provider};

use crate::upstream::Upstream;

macro_rules! recording {
    ($name:literal) => {
        Upstream::recorded(include_str!(concat!("fixtures/", $name, ".txt")))
    };
}

fn tokens(response: &ChatResponse) -> Option<u64> {
    response.usage.as_ref()?.total_tokens
}

#[tokio::test]
async fn whole_answers() {
    let response = recording!("aimock_oai_chat").chat().await.unwrap();
    insta::assert_json_snapshot!(response);
    let response = recording!("litellm_chat").chat().await.unwrap();
    assert_eq!(response.text(), "Hello from LiteLLM mock");
    let response = recording!("mockai_oai_text").chat().await.unwrap();
    assert_eq!((tokens(&response), response.finish_reason), (Some(14), Some(FinishReason::Stop)));
}

#[tokio::test]
async fn streams() {
    let response = recording!("aimock_oai_chat_stream_usage").streamed().await;
    assert_eq!((&*response.text(), tokens(&response)), ("Hello! This is a mock answer.", Some(10)));
    let response = recording!("litellm_chat_stream_usage").streamed().await;
    assert_eq!(response.text(), "Hello from LiteLLM mock");
    let response = recording!("litellm_chain_via_aimock_anthropic").streamed().await;
    assert_eq!(response.text(), "Hello! This is a mock answer.");
    let response = recording!("mockai_oai_stream_usage").streamed().await;
    assert_eq!((tokens(&response), response.finish_reason), (Some(14), Some(FinishReason::Stop)));
}

#[tokio::test]
async fn tool_calls() {
    let response = recording!("mockai_oai_tool-call").chat().await.unwrap();
    assert_eq!(response.finish_reason, Some(FinishReason::ToolCalls));
    let call = &response.message.tool_calls[0];
    assert_eq!((&*call.name, response.text().as_str()), ("Write", ""));
    assert_eq!(call.arguments, r#"{"path": "tmp/mock-file.txt", "contents": "mock output"}"#);
    let streamed = recording!("mockai_oai_tool-stream").streamed().await;
    assert_eq!(streamed.message.tool_calls[0].name, "Write");
    let streamed = recording!("aimock_oai_tool_stream").streamed().await;
    let call = &streamed.message.tool_calls[0];
    assert_eq!((&*call.id, &*call.name), ("call_w1", "get_weather"));
    assert_eq!(call.arguments, r#"{"city":"Paris"}"#);
    let broken = recording!("mockai_oai_bad-tool-json").chat().await.unwrap();
    assert!(broken.message.tool_calls[0].arguments.ends_with("\"unterminated\""));
}

#[tokio::test]
async fn connections_that_broke() {
    let error = recording!("aimock_oai_slowdrop").stream().await.unwrap_err();
    assert_eq!(error.kind(), Kind::StreamCut);
    for upstream in [recording!("aimock_oai_truncate"), recording!("aimock_chaos_disconnect")] {
        // Nothing of an answer was recorded.
        assert!(upstream.chat().await.is_err());
    }
}

#[tokio::test]
async fn errors() {
    let check = async |upstream: Upstream, kind: Kind| {
        let error = upstream.chat().await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert_eq!(upstream.stream().await.unwrap_err().kind(), kind, "{error}");
    };
    check(recording!("aimock_oai_err_401"), Kind::UpstreamAuth).await;
    check(recording!("aimock_oai_err_402"), Kind::QuotaExhausted).await;
    check(recording!("aimock_oai_err_429"), Kind::RateLimited).await;
    check(recording!("aimock_oai_err_500"), Kind::UpstreamServer).await;
    check(recording!("aimock_oai_err_529"), Kind::Overloaded).await;
    check(recording!("aimock_chaos_drop"), Kind::UpstreamServer).await;
    check(recording!("aimock_chaos_malformed"), Kind::MalformedResponse).await;
    check(recording!("aimock_chaos_ratelimit"), Kind::RateLimited).await;
    check(recording!("litellm_err_429"), Kind::RateLimited).await;
    check(recording!("litellm_err_500"), Kind::UpstreamServer).await;
    check(recording!("litellm_err_badkey"), Kind::InvalidRequest).await;
    check(recording!("litellm_err_badmodel"), Kind::ModelNotFound).await;
    check(recording!("litellm_err_ctx"), Kind::ContextLength).await;
    check(recording!("mockai_oai_400"), Kind::InvalidRequest).await;
    check(recording!("mockai_oai_401"), Kind::UpstreamAuth).await;
    check(recording!("mockai_oai_429"), Kind::RateLimited).await;
    check(recording!("mockai_oai_500"), Kind::UpstreamServer).await;
    check(recording!("mockai_oai_503"), Kind::Overloaded).await;
}

#[tokio::test]
async fn lists_of_models() {
    let ids = |models: &[llm_core::ModelInfo]| -> Vec<String> {
        models.iter().map(|model| model.id.to_string()).collect()
    };
    let models = recording!("aimock_oai_models").openai().models().await.unwrap();
    assert_eq!(ids(&models), ["vendor/down-503", "openai/gpt-4o-mini"]);
    let models = recording!("mockai_models").compatible().models().await.unwrap();
    assert_eq!(models[0].id, "gpt-4.1");
    let models = recording!("litellm_models").compatible().models().await.unwrap();
    let known = &models[0].capabilities;
    assert_eq!(models[0].id, "mock-ok");
    assert_eq!((known.context_window, known.max_output_tokens), (Some(128_000), Some(16_384)));
}
