//! What is refused before anything is sent, because Ollama could not be told it.

use std::sync::Arc;

use llm_core::{
    AssistantMessage, ChatRequest, ErrorKind as Kind, Execution, Image, Message, Part, Reasoning,
    ResponseFormat, Sampling, Tool, ToolCall, ToolChoice,
};
use serde_json::json;

use crate::{
    requests::{ANSWER, rich},
    upstream::{MODEL, Upstream},
};

async fn check(request: ChatRequest, kind: Kind, named: &str) {
    let upstream = Upstream::json(200, ANSWER);
    let error = upstream.ask(request).await.unwrap_err();
    assert_eq!(error.kind(), kind, "{named}: {error}");
    assert!(error.message().contains(named), "{named}: {error}");
    assert_eq!(error.model().unwrap(), &MODEL);
    assert_eq!(error.execution(), Execution::NotSent, "{error:?}");
    assert!(upstream.received().is_empty(), "{named}: it was sent");
}

fn hello() -> ChatRequest {
    ChatRequest::from("Hello")
}

fn with(change: impl FnOnce(&mut ChatRequest)) -> ChatRequest {
    let mut request = rich();
    change(&mut request);
    request
}

fn saying(part: Part) -> ChatRequest {
    ChatRequest::new([Message::user_parts([part])])
}

#[tokio::test]
async fn what_nobody_could_serve_is_an_invalid_request() {
    let invalid = Kind::InvalidRequest;
    check(ChatRequest::new([]), invalid, "no message").await;
    check(hello().with_temperature(f64::NAN), invalid, "temperature").await;
    check(hello().with_extra("model", "other:8b"), invalid, "model").await;
    check(hello().with_extra("stream", false), invalid, "stream").await;
    check(hello().with_extra("n", 2), invalid, "`n`").await;
    check(hello().with_max_tokens(0), invalid, "max_tokens").await;
    check(hello().with_tools([Tool::new("look", json!("any"))]), invalid, "`look`").await;
    let format = ResponseFormat::JsonSchema {
        name: "any".to_owned(),
        schema: Arc::new(json!("any")),
        strict: false,
    };
    check(hello().with_response_format(format), invalid, "response_format").await;
    for (place, name) in ["top_p", "frequency_penalty", "presence_penalty"].iter().enumerate() {
        let value = |at| (at == place).then_some(f64::INFINITY);
        let sampling = Sampling {
            top_p: value(0),
            frequency_penalty: value(1),
            presence_penalty: value(2),
            ..Sampling::default()
        };
        check(hello().with_sampling(sampling), invalid, name).await;
    }
}

#[tokio::test]
async fn a_wish_that_would_be_lost_is_an_unsupported_parameter() {
    let unsupported = Kind::UnsupportedParam;
    let image = Image::url("https://example.com/cat.png");
    check(saying(Part::Image(image)), unsupported, "base64").await;
    let plain = Image::url("data:text/plain,cat");
    check(saying(Part::Image(plain)), unsupported, "base64").await;
    let close = Image { detail: Some("high".to_owned()), ..Image::base64("image/png", "iVBORw") };
    check(saying(Part::Image(close)), unsupported, "detail").await;
    check(saying(Part::Other(json!({"type": "input_audio"}))), unsupported, "part").await;
    let named = Message::User { content: vec!["Hi".into()], name: Some("Ann".to_owned()) };
    check(ChatRequest::new([named]), unsupported, "name").await;
    for choice in [ToolChoice::Required, ToolChoice::Function("weather".to_owned())] {
        check(rich().with_tool_choice(choice), unsupported, "tool_choice").await;
    }
    let single = with(|request| request.parallel_tool_calls = Some(false));
    check(single, unsupported, "parallel_tool_calls").await;
    check(hello().with_reasoning(Reasoning::effort("minimal")), unsupported, "effort").await;
    let mut reasoning = Reasoning::default();
    reasoning.max_tokens = Some(100);
    check(hello().with_reasoning(reasoning), unsupported, "reasoning.max_tokens").await;
    let mut reasoning = Reasoning::default();
    reasoning.exclude = Some(true);
    check(hello().with_reasoning(reasoning), unsupported, "reasoning.exclude").await;
    for option in ["num_ctx", "typical_p", "presence_penalty", "frequency_penalty"] {
        check(hello().with_extra(option, 1), unsupported, "under `options`").await;
    }
}

#[tokio::test]
async fn arguments_that_are_no_object_cannot_be_sent_back() {
    for arguments in ["{\"city\":", "[1]", "Oslo"] {
        let call = ToolCall {
            id: "call_0".to_owned(),
            name: "weather".to_owned(),
            arguments: arguments.to_owned(),
        };
        let said = AssistantMessage { tool_calls: vec![call], ..AssistantMessage::default() };
        let messages = [Message::user("Hi"), Message::Assistant(said)];
        check(ChatRequest::new(messages), Kind::UnsupportedParam, "`weather`").await;
    }
}
