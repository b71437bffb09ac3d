//! What is sent, and what is refused before anything is.

use std::sync::Arc;

use llm_core::{
    AssistantMessage, ChatRequest, ErrorKind, Image, Message, Part, Provider, Reasoning,
    ResponseFormat, Sampling, Tool, ToolCall, ToolChoice,
};
use llm_openai::{OpenAi, OpenAiConfig};
use serde_json::{Value, json};

use crate::upstream::{KEY, MODEL, Upstream};

const ANSWER: &str = r#"{"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]}"#;

/// A conversation with everything a request can hold.
pub(crate) fn rich() -> ChatRequest {
    let call = |id: &str, city: &str| ToolCall {
        id: id.to_owned(),
        name: "weather".to_owned(),
        arguments: json!({ "city": city }).to_string(),
    };
    let asked = AssistantMessage {
        tool_calls: vec![call("c1", "Paris"), call("c2", "Rome")],
        ..AssistantMessage::default()
    };
    let picture = Image::base64("image/png", "iVBORw0KGgo=");
    let mut request = ChatRequest::new([
        Message::system("Be brief."),
        Message::user_parts([Part::Text("Where is this?".to_owned()), Part::Image(picture)]),
        Message::Assistant(asked),
        Message::tool_result("c1", "Sunny"),
        Message::tool_result("c2", "Rain"),
    ])
    .with_tools([Tool::new("weather", json!({"type": "object"}))])
    .with_tool_choice(ToolChoice::Function("weather".to_owned()))
    .with_response_format(ResponseFormat::JsonSchema {
        name: "place".to_owned(),
        schema: Arc::new(json!({"type": "object"})),
        strict: true,
    })
    .with_reasoning(Reasoning::effort("low"))
    .with_sampling(Sampling {
        temperature: Some(0.5),
        top_p: Some(0.9),
        top_k: None,
        frequency_penalty: Some(0.1),
        presence_penalty: Some(0.2),
        max_tokens: Some(64),
        stop: Arc::new(["END".to_owned()]),
        seed: Some(7),
    });
    request.parallel_tool_calls = Some(true);
    request.user = Some("user-7".to_owned());
    Arc::make_mut(&mut request.metadata).insert("run".to_owned(), "42".to_owned());
    request
}

#[tokio::test]
async fn a_rich_conversation() {
    let upstream = Upstream::json(200, ANSWER);
    upstream.openai().chat(&MODEL.into(), rich()).await.unwrap();
    insta::assert_json_snapshot!(upstream.body());
}

#[tokio::test]
async fn a_compatible_server_gets_the_old_name_of_the_limit_and_nothing_else_differs() {
    let upstream = Upstream::json(200, ANSWER);
    upstream.openai().chat(&MODEL.into(), rich()).await.unwrap();
    let mut body = upstream.body();
    let upstream = Upstream::json(200, ANSWER);
    upstream.compatible().chat(&MODEL.into(), rich()).await.unwrap();
    let fields = body.as_object_mut().unwrap();
    let limit = fields.remove("max_completion_tokens").unwrap();
    fields.insert("max_tokens".to_owned(), limit);
    assert_eq!(upstream.body(), body);
    // Nothing is sent that was not asked for.
    let upstream = Upstream::json(200, ANSWER);
    upstream.compatible().chat(&MODEL.into(), ChatRequest::from("Hello")).await.unwrap();
    let plain = json!({"model": MODEL, "messages": [{"role": "user", "content": "Hello"}]});
    assert_eq!(upstream.body(), plain);
}

#[tokio::test]
async fn a_stream_is_asked_for_its_usage() {
    let upstream = Upstream::events("data: [DONE]\n\n");
    assert!(upstream.stream().await.is_err());
    assert_eq!(upstream.body()["stream"], true);
    assert_eq!(upstream.body()["stream_options"], json!({"include_usage": true}));
}

#[tokio::test]
async fn extras_win_and_null_leaves_a_field_out() {
    let upstream = Upstream::json(200, ANSWER);
    let request = rich()
        .with_extra("top_k", 5)
        .with_extra("temperature", 0)
        .with_extra("seed", json!(null))
        .with_extra("service_tier", "flex")
        .with_extra("store", json!(null));
    upstream.openai().chat(&MODEL.into(), request).await.unwrap();
    let body = upstream.body();
    assert_eq!((&body["top_k"], &body["temperature"]), (&json!(5), &json!(0)));
    assert_eq!(body["service_tier"], "flex");
    assert!(body.get("seed").is_none() && body.get("store").is_none(), "{body}");
}

#[tokio::test]
async fn the_head_carries_key_organization_and_project() {
    let upstream = Upstream::json(200, ANSWER);
    let config = upstream.config("/v1/").with_organization("org-1").with_project("proj-1");
    let provider = OpenAi::new(config.with_header("X-Team", "blue")).unwrap();
    provider.chat(&MODEL.into(), ChatRequest::from("Hello")).await.unwrap();
    let sent = upstream.received().remove(0);
    assert_eq!(sent.path(), "/v1/chat/completions");
    let headers = [
        ("authorization", &*format!("Bearer {KEY}")),
        ("openai-organization", "org-1"),
        ("openai-project", "proj-1"),
        ("x-team", "blue"),
        ("content-type", "application/json"),
    ];
    for (name, value) in headers {
        assert_eq!(sent.header(name), Some(value), "{name}");
    }
    let upstream = Upstream::json(200, ANSWER);
    upstream.compatible().chat(&MODEL.into(), ChatRequest::from("Hello")).await.unwrap();
    let sent = upstream.received().remove(0);
    assert_eq!(sent.header("authorization"), None, "a server without a key gets none");
}

#[tokio::test]
async fn what_cannot_be_said_is_refused_before_anything_is_sent() {
    let upstream = Upstream::json(200, ANSWER);
    let hello = || ChatRequest::from("Hello");
    let sampled = |sampling| hello().with_sampling(sampling);
    let picture = || Part::Image(Image::url("https://example.com/a.png"));
    let said = AssistantMessage { content: vec![picture()], ..AssistantMessage::default() };
    let system = Message::System { content: [picture()].into() };
    let tool = Message::Tool { tool_call_id: "c1".to_owned(), content: [picture()].into() };
    let mut budget = Reasoning::effort("low");
    budget.max_tokens = Some(100);
    // Another provider may be able to say these.
    let elsewhere = [
        (sampled(Sampling { top_k: Some(5), ..Sampling::default() }), "`top_k`"),
        (hello().with_reasoning(budget), "effort of reasoning"),
        (ChatRequest::new([system]), "role system holds an image"),
        (ChatRequest::new([Message::Assistant(said)]), "role assistant holds an image"),
        (ChatRequest::new([tool]), "role tool holds an image"),
    ];
    let nowhere = [
        (ChatRequest::new([]), "no message"),
        (hello().with_temperature(f64::NAN), "`temperature`"),
        (hello().with_extra("model", "acme/other-8b"), "`model`"),
        (hello().with_extra("stream", true), "`stream`"),
        (hello().with_extra("n", 2), "`n`"),
        (ChatRequest::new([Message::user_parts([Part::Other(json!(7))])]), "part"),
    ];
    let elsewhere = elsewhere.map(|row| (row, ErrorKind::UnsupportedParam));
    let nowhere = nowhere.map(|row| (row, ErrorKind::InvalidRequest));
    for ((request, expected), kind) in elsewhere.into_iter().chain(nowhere) {
        for provider in [upstream.openai(), upstream.compatible()] {
            let error = provider.chat(&MODEL.into(), request.clone()).await.unwrap_err();
            assert_eq!(error.kind(), kind, "{error}");
            assert!(error.message().contains(expected), "{error}");
            assert!(provider.stream(&MODEL.into(), request.clone()).await.is_err());
        }
    }
    assert!(upstream.received().is_empty());
}

#[tokio::test]
async fn what_the_server_made_goes_back_as_it_came() {
    let body = r#"{"choices":[{"message":{"role":"assistant","content":"Hi","annotations":[{"type":"url_citation"}],"audio":{"id":"a1"}},"finish_reason":"stop"}]}"#;
    let answer = Upstream::json(200, body).chat().await.unwrap();
    let upstream = Upstream::json(200, ANSWER);
    let messages = [Message::Assistant(answer.message), Message::user("And?")];
    upstream.openai().chat(&MODEL.into(), ChatRequest::new(messages)).await.unwrap();
    let sent: Value = upstream.body()["messages"][0].clone();
    assert_eq!((&sent["audio"]["id"], &sent["content"]), (&json!("a1"), &json!("Hi")));
}

#[test]
fn a_key_or_address_no_call_can_use_is_refused() {
    let check = |config: OpenAiConfig, expected: &str| {
        let error = OpenAi::new(config).unwrap_err().to_string();
        assert!(error.starts_with("openai") && error.contains(expected), "{error}");
        assert!(!error.contains("canary"), "{error}");
    };
    check(OpenAiConfig::new(""), "api_key is empty: set OpenAI's key");
    check(OpenAiConfig::new("canary\n"), "line break");
    check(OpenAiConfig::compatible("http://localhost/v1").with_api_key(""), "set the server's key");
    for base_url in ["", "canary", "ftp://canary", "https://", "https://canary@host/v1"] {
        check(OpenAiConfig::compatible(base_url), "base_url");
    }
    check(OpenAiConfig::new("sk-test-000").with_organization("canary\n"), "header");
}
