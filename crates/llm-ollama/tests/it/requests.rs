//! What Ollama is sent.

use std::{sync::Arc, time::Duration};

use llm_core::{
    AssistantMessage, ChatRequest, Image, Message, Part, Provider, Reasoning, ResponseFormat,
    Sampling, Tool, ToolCall, ToolChoice,
};
use llm_ollama::{KeepAlive, Ollama};
use serde_json::json;

use crate::upstream::{KEY, MODEL, Upstream};

pub(crate) const ANSWER: &str =
    r#"{"message":{"role":"assistant","content":"Hi"},"done":true,"done_reason":"stop"}"#;

fn call(id: &str, arguments: &str) -> ToolCall {
    ToolCall { id: id.to_owned(), name: "weather".to_owned(), arguments: arguments.to_owned() }
}

/// A conversation with everything Ollama can be told.
pub(crate) fn rich() -> ChatRequest {
    let schema = json!({"type": "object", "properties": {"city": {"type": "string"}}});
    let looked = AssistantMessage {
        content: vec![Part::from("Let me look.")],
        reasoning: Some("Two cities.".to_owned()),
        tool_calls: vec![call("call_0", r#"{"city":"Oslo"}"#), call("call_1", "")],
        ..AssistantMessage::default()
    };
    let mut request = ChatRequest::new([
        Message::system("Be brief."),
        Message::user_parts([
            Part::from("What is it like here?"),
            Part::Image(Image::base64("image/png", "iVBORw0KGgo=")),
            Part::Image(Image::url("data:image/gif;base64,R0lGODlh")),
            Part::from("And in Oslo?"),
        ]),
        Message::Assistant(looked),
        Message::tool_result("call_0", "rain"),
        Message::tool_result("call_1", "sun"),
    ])
    .with_tools([Tool::new("weather", schema.clone()).with_description("Looks outside.")])
    .with_response_format(ResponseFormat::JsonSchema {
        name: "weather".to_owned(),
        schema: Arc::new(schema),
        strict: true,
    })
    .with_reasoning(Reasoning::effort("low"))
    .with_sampling(Sampling {
        temperature: Some(0.5),
        top_p: Some(0.9),
        top_k: Some(40),
        frequency_penalty: Some(0.1),
        presence_penalty: Some(0.2),
        max_tokens: Some(64),
        stop: Arc::new(["END".to_owned()]),
        seed: Some(7),
    });
    // Labels, and wishes that are fulfilled anyway.
    request.user = Some("user-7".to_owned());
    Arc::make_mut(&mut request.metadata).insert("run".to_owned(), "42".to_owned());
    request.parallel_tool_calls = Some(true);
    request.tool_choice = Some(ToolChoice::Auto);
    request
}

#[tokio::test]
async fn a_rich_conversation_is_written_as_ollama_spells_it() {
    let upstream = Upstream::json(200, ANSWER);
    let config = upstream.config().with_keep_alive(Duration::from_secs(300));
    Ollama::new(config).unwrap().chat(&MODEL.into(), rich()).await.unwrap();
    insta::assert_json_snapshot!(upstream.body());
}

#[tokio::test]
async fn a_plain_question_says_nothing_but_what_was_asked() {
    let upstream = Upstream::json(200, ANSWER);
    upstream.chat().await.unwrap();
    let message = json!({"role": "user", "content": "Hello"});
    assert_eq!(
        upstream.body(),
        json!({
            "model": MODEL, "messages": [message],
            "stream": false, "truncate": false, "shift": false,
        }),
        "a stream, a cut prompt and a forgotten one are what Ollama gives who does not say no"
    );
}

#[tokio::test]
async fn a_stream_is_asked_for_by_body_and_head() {
    let upstream = Upstream::lines(ANSWER);
    upstream.stream().await.unwrap();
    assert_eq!(upstream.body()["stream"], true);
    assert_eq!(upstream.received()[0].header("accept"), Some("application/x-ndjson"));
}

#[tokio::test]
async fn the_head_carries_key_and_own_headers() {
    let upstream = Upstream::json(200, ANSWER);
    let provider = Ollama::new(upstream.config().with_header("X-Team", "blue")).unwrap();
    provider.chat(&MODEL.into(), ChatRequest::from("Hello")).await.unwrap();
    let received = &upstream.received()[0];
    assert_eq!(received.path(), "/api/chat");
    assert_eq!(received.header("authorization"), Some(&*format!("Bearer {KEY}")));
    assert_eq!(received.header("x-team"), Some("blue"));
    assert_eq!(received.header("content-type"), Some("application/json"));
}

#[tokio::test]
async fn extras_win_and_options_are_merged_key_by_key() {
    let upstream = Upstream::json(200, ANSWER);
    let request = ChatRequest::from("Hello")
        .with_max_tokens(64)
        .with_temperature(0.5)
        .with_response_format(ResponseFormat::JsonObject)
        .with_extra("options", json!({"num_ctx": 8192, "temperature": 0.0}))
        .with_extra("format", json!({"type": "array"}))
        .with_extra("keep_alive", "1h")
        .with_extra("truncate", true)
        .with_extra("shift", true);
    let config = upstream.config().with_keep_alive(KeepAlive::Forever);
    Ollama::new(config).unwrap().chat(&MODEL.into(), request).await.unwrap();
    let body = upstream.body();
    let options = json!({"num_predict": 64, "num_ctx": 8192, "temperature": 0.0});
    assert_eq!(body["options"], options);
    assert_eq!(body["format"], json!({"type": "array"}));
    assert_eq!((&body["keep_alive"], &body["truncate"]), (&json!("1h"), &json!(true)));
    assert_eq!(body["shift"], true);
}

#[tokio::test]
async fn formats_and_thinking_have_short_forms() {
    let body = async |request: ChatRequest| {
        let upstream = Upstream::json(200, ANSWER);
        upstream.ask(request).await.unwrap();
        upstream.body()
    };
    let plain = || ChatRequest::from("Hello");
    let json_object = body(plain().with_response_format(ResponseFormat::JsonObject)).await;
    assert_eq!(json_object["format"], "json");
    let text = body(plain().with_response_format(ResponseFormat::Text)).await;
    assert_eq!(text.get("format"), None);
    let thinking = async |reasoning| body(plain().with_reasoning(reasoning)).await["think"].clone();
    assert_eq!(thinking(Reasoning::default()).await, true);
    assert_eq!(thinking(Reasoning::effort("none")).await, false);
    assert_eq!(thinking(Reasoning::effort("max")).await, "max");
}

#[tokio::test]
async fn a_tool_without_parameters_takes_an_object() {
    let upstream = Upstream::json(200, ANSWER);
    let tools = [Tool::new("look", json!(null)), Tool::new("see", json!({}))];
    upstream.ask(ChatRequest::from("Hello").with_tools(tools)).await.unwrap();
    let tools = &upstream.body()["tools"];
    for place in [0, 1] {
        assert_eq!(tools[place]["function"]["parameters"], json!({"type": "object"}));
    }
}

#[tokio::test]
async fn a_model_that_may_call_no_tool_is_offered_none() {
    let upstream = Upstream::json(200, ANSWER);
    let mut request = rich().with_tool_choice(ToolChoice::None);
    request.parallel_tool_calls = Some(false);
    upstream.ask(request).await.unwrap();
    assert_eq!(upstream.body().get("tools"), None);
}

#[tokio::test]
async fn what_only_ollama_knows_of_an_answer_goes_back_as_it_came() {
    let upstream = Upstream::json(200, ANSWER);
    let mut message = AssistantMessage::default();
    message.extras.insert("thinking".to_owned(), json!("as it came"));
    message.reasoning = Some("typed".to_owned());
    message.refusal = Some("No.".to_owned());
    let turns = [Message::user("Hello"), Message::Assistant(message), Message::user("Why?")];
    upstream.ask(ChatRequest::new(turns)).await.unwrap();
    let sent = &upstream.body()["messages"][1];
    assert_eq!(*sent, json!({"role": "assistant", "content": "No.", "thinking": "as it came"}));
}

#[tokio::test]
async fn a_result_names_the_tool_of_the_last_call_of_its_id() {
    let upstream = Upstream::json(200, ANSWER);
    let turn = |name: &str| {
        let call =
            ToolCall { id: "call_0".to_owned(), name: name.to_owned(), arguments: "{}".to_owned() };
        Message::Assistant(AssistantMessage { tool_calls: vec![call], ..Default::default() })
    };
    let messages = [
        Message::user("Hello"),
        turn("first"),
        Message::tool_result("call_0", "1"),
        turn("second"),
        Message::tool_result("call_0", "2"),
        Message::tool_result("call_9", "3"),
    ];
    upstream.ask(ChatRequest::new(messages)).await.unwrap();
    let messages = &upstream.body()["messages"];
    assert_eq!(messages[2]["tool_name"], "first");
    assert_eq!(messages[4]["tool_name"], "second");
    assert_eq!(messages[5].get("tool_name"), None, "nobody called it");
}
