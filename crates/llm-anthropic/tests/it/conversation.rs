//! A conversation with two calls of tools at once, and an answer that follows a schema, against a
//! simulated Anthropic that refuses what the real one would.

use std::sync::Arc;

use futures_util::StreamExt;
use llm_anthropic::{Anthropic, AnthropicConfig};
use llm_core::{
    ChatRequest, ChatResponse, ErrorKind, FinishReason, Image, Message, Provider, ResponseBuilder,
    ResponseFormat, Result, Tool,
};
use llm_testkit::simulator::{Dialect, ModelScript, Simulator, SimulatorConfig, ToolMode};
use serde_json::{Value, json};

const MODEL: &str = "claude-swift";

fn start() -> (Simulator, Anthropic) {
    let config = SimulatorConfig::default()
        .with_key("sk-test-000")
        .with_dialect(Dialect::Anthropic)
        .with_model(
            ModelScript::new(MODEL)
                .with_tools(ToolMode::CallsAll)
                .with_reasoning_tokens(3)
                .with_input_modalities(["text", "image"]),
        )
        .with_model(ModelScript::new("claude-blind").with_input_modalities(["text"]))
        .with_model(ModelScript::new("claude-plain").with_tools(ToolMode::Unsupported));
    let simulator = Simulator::start(config).unwrap();
    let config = AnthropicConfig::new("sk-test-000").with_base_url(simulator.base_url());
    let provider = Anthropic::new(config).unwrap();
    (simulator, provider)
}

/// The answer, whole or streamed and folded.
async fn ask(provider: &Anthropic, request: ChatRequest, streamed: bool) -> Result<ChatResponse> {
    let model = MODEL.into();
    if !streamed {
        return provider.chat(&model, request).await;
    }
    let mut stream = provider.stream(&model, request).await?;
    let mut builder = ResponseBuilder::default();
    while let Some(event) = stream.next().await {
        builder.push(event?);
    }
    builder.finish()
}

fn tools() -> [Tool; 2] {
    let schema = json!({"type": "object", "properties": {"city": {"type": "string"}},
                        "required": ["city"], "additionalProperties": false});
    [Tool::new("weather", schema.clone()), Tool::new("time", schema)]
}

#[tokio::test]
async fn two_calls_their_results_and_an_answer_are_the_same_streamed_and_whole() {
    let mut seen = Vec::new();
    for streamed in [false, true] {
        let (_simulator, provider) = start();
        let asked = Message::user("What are the weather and the time in Paris?");
        let request = ChatRequest::new([asked.clone()]).with_system("Be brief.");
        let called = ask(&provider, request.with_tools(tools()), streamed).await.unwrap();
        assert_eq!(called.finish_reason, Some(FinishReason::ToolCalls));
        assert!(called.message.reasoning.is_some());
        assert!(called.message.extras.contains_key("thinking_blocks"));
        let calls = called.message.tool_calls.clone();
        assert_eq!(calls.len(), 2);
        let mut messages =
            vec![Message::system("Be brief."), asked, Message::Assistant(called.message)];
        messages.extend(calls.iter().map(|call| Message::tool_result(&call.id, "It is fine.")));
        let request = ChatRequest::new(messages).with_tools(tools());
        let answered = ask(&provider, request, streamed).await.unwrap();
        assert_eq!(answered.finish_reason, Some(FinishReason::Stop));
        assert!(!answered.text().is_empty());
        let calls: Vec<_> = calls
            .into_iter()
            .map(|call| (call.name, serde_json::from_str::<Value>(&call.arguments).unwrap()))
            .collect();
        seen.push((calls, answered.text(), answered.message.reasoning, answered.usage));
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0].0[0].0, "weather");
    assert_eq!(seen[0].0[1].0, "time");
}

#[tokio::test]
async fn an_answer_that_follows_a_schema_is_the_same_streamed_and_whole() {
    let schema = json!({"type": "object", "properties": {"city": {"type": "string"}},
                        "required": ["city"], "additionalProperties": false});
    let mut seen = Vec::new();
    for streamed in [false, true] {
        let (_simulator, provider) = start();
        let format = ResponseFormat::JsonSchema {
            name: "place".to_owned(),
            schema: Arc::new(schema.clone()),
            strict: true,
        };
        let request = ChatRequest::from("Where is the Louvre?").with_response_format(format);
        let answer = ask(&provider, request, streamed).await.unwrap();
        let value: Value = serde_json::from_str(&answer.text()).unwrap();
        assert!(value["city"].is_string(), "{value}");
        seen.push(ChatResponse::from_text(answer.text()));
    }
    assert_eq!(seen[0], seen[1]);
}

#[tokio::test]
async fn what_a_model_cannot_do_and_a_schema_that_is_refused_are_named() {
    let (_simulator, provider) = start();
    let picture =
        || ChatRequest::new([Message::user_parts([Image::base64("image/png", "aGk=").into()])]);
    provider.chat(&MODEL.into(), picture()).await.unwrap();
    let check = async |model: &str, request: ChatRequest, kind: ErrorKind, word: &str| {
        let error = provider.chat(&model.into(), request).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.message().contains(word), "{error}");
    };
    check("claude-blind", picture(), ErrorKind::UnsupportedParam, "image").await;
    let with_tools = ChatRequest::from("Go").with_tools(tools());
    check("claude-plain", with_tools, ErrorKind::UnsupportedParam, "tool").await;
    let odd = ChatRequest::from("Go").with_tools([Tool::new("odd", json!({"type": "string"}))]);
    check(MODEL, odd, ErrorKind::InvalidRequest, "input_schema").await;
    check("claude-nowhere", "Go".into(), ErrorKind::ModelNotFound, "claude-nowhere").await;
    let inside = [Message::user("Hi"), Message::system("In French."), Message::user("Go")];
    check(MODEL, ChatRequest::new(inside), ErrorKind::UnsupportedParam, "role").await;
    let unknown = ChatRequest::from("Go").with_extra("seed", 1);
    check(MODEL, unknown, ErrorKind::UnsupportedParam, "seed").await;
}
