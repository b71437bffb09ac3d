//! Two tool calls at once, their results and a final answer; and an answer by a schema.

use std::sync::Arc;

use llm_core::{
    ChatRequest, ChatResponse, FinishReason, Message, Part, ResponseFormat, Tool, ToolCall, Usage,
};
use serde_json::json;

use crate::upstream::{Upstream, fold};

const CALLS: &str = r#"{"model":"swift:8b","message":{"role":"assistant","content":"","tool_calls":[{"function":{"name":"weather","arguments":{"city":"Oslo"}}},{"function":{"name":"weather","arguments":{"city":"Rome"}}}]},"done":false}
{"model":"swift:8b","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","prompt_eval_count":40,"eval_count":20}
"#;

/// The answer to a request, whole and streamed: both are the same.
async fn ask(body: &str, request: &ChatRequest) -> ChatResponse {
    let streamed = fold(Upstream::lines(body).stream().await.unwrap());
    let whole = Upstream::lines(body).ask(request.clone()).await.unwrap();
    assert_eq!(whole, streamed);
    whole
}

fn call(id: &str, city: &str) -> ToolCall {
    ToolCall {
        id: id.to_owned(),
        name: "weather".to_owned(),
        arguments: json!({ "city": city }).to_string(),
    }
}

#[tokio::test]
async fn two_calls_their_results_and_a_final_answer() {
    let tools = [Tool::new("weather", json!({"type": "object"}))];
    let question = Message::user("Oslo and Rome?");
    let request = ChatRequest::new([question.clone()]).with_tools(tools.clone());
    let calls = ask(CALLS, &request).await;

    let mut expected = ChatResponse::default();
    expected.model = Some("swift:8b".into());
    expected.message.tool_calls = vec![call("call_0", "Oslo"), call("call_1", "Rome")];
    expected.finish_reason = Some(FinishReason::ToolCalls);
    expected.native_finish_reason = Some("stop".to_owned());
    expected.usage = Some(Usage::of(40, 20));
    assert_eq!(calls, expected);

    let results =
        [("call_0", "rain"), ("call_1", "sun")].map(|(id, text)| Message::tool_result(id, text));
    let turns: Vec<_> =
        [question, Message::Assistant(calls.message)].into_iter().chain(results).collect();
    let answer = r#"{"message":{"role":"assistant","content":"Rain, sun."},"done":true,"done_reason":"stop"}"#;
    let upstream = Upstream::lines(answer);
    let last = upstream.ask(ChatRequest::new(turns).with_tools(tools)).await.unwrap();
    assert_eq!(last.message.content, [Part::from("Rain, sun.")]);
    let sent = &upstream.body()["messages"];
    assert_eq!(sent[1]["tool_calls"][1]["function"]["arguments"], json!({"city": "Rome"}));
    assert_eq!(
        sent[3],
        json!({"role": "tool", "content": "sun", "tool_name": "weather", "tool_call_id": "call_1"})
    );
}

#[tokio::test]
async fn an_answer_by_a_schema() {
    let schema = json!({"type": "object", "properties": {"city": {"type": "string"}}});
    let format = ResponseFormat::JsonSchema {
        name: "city".to_owned(),
        schema: Arc::new(schema.clone()),
        strict: true,
    };
    let request = ChatRequest::from("Which city?").with_response_format(format);
    let lines = r#"{"message":{"content":"{\"city\":"},"done":false}
{"message":{"content":"\"Oslo\"}"},"done":false}
{"message":{"content":""},"done":true,"done_reason":"stop"}"#;
    let answer = ask(lines, &request).await;
    assert_eq!(answer.text(), r#"{"city":"Oslo"}"#);
    let upstream = Upstream::lines(lines);
    upstream.ask(request).await.unwrap();
    assert_eq!(upstream.body()["format"], schema);
}
