//! Every dialect as a server that is not ours speaks it: `cargo xtask test` starts it.

use std::sync::Arc;

use futures_util::StreamExt;
use llm_core::{
    ChatRequest, ChatResponse, Error, ErrorKind, FinishReason, Message, ResponseFormat, Tool,
};
use llm_manager::{GenerateOptions, LlmManager};
use serde_json::{Value, json};

use crate::support::config;

/// Each kind with what follows the server's address in its own.
const KINDS: &[(&str, &str)] = &[
    #[cfg(feature = "openrouter")]
    ("openrouter", "/api/v1"),
    #[cfg(feature = "openai")]
    ("openai", "/v1"),
    #[cfg(feature = "openai")]
    ("openai_compatible", "/v1"),
    #[cfg(feature = "anthropic")]
    ("anthropic", ""),
    #[cfg(feature = "ollama")]
    ("ollama", ""),
];

/// How an answer is asked for: whole on the wire too, whole of a stream, or as a stream.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Whole,
    Assembled,
    Streamed,
}

const WAYS: [Way; 3] = [Way::Whole, Way::Assembled, Way::Streamed];

/// Where the server is; `None` when it does not run.
fn address() -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "the task that runs the tests says it this way")]
    let address = std::env::var("LLM_AIMOCK_URL").ok();
    if address.is_none() {
        eprintln!("skipped: LLM_AIMOCK_URL is not set; `cargo xtask test` starts the server");
    }
    address
}

/// Asks one model of one kind, once, with these headers beside the usual ones.
async fn ask(
    address: &str,
    (kind, path): (&str, &str),
    way: Way,
    model: &str,
    headers: Value,
    request: ChatRequest,
) -> Result<ChatResponse, Error> {
    let upstream_stream = if way == Way::Whole { "off" } else { "on" };
    let manager = LlmManager::builder()
        .config(config(&format!(
            "
llm: {{ retry_attempts: 0, model_roles: {{ primary: ['lab:{model}'] }} }}
providers:
  lab:
    kind: {kind}
    base_url: '{address}{path}'
    api_key: sk-test-000
    upstream_stream: {upstream_stream}
    headers: {headers}
    models: ['{model}']
"
        )))
        .without_state()
        .build()
        .unwrap();
    let options = GenerateOptions::default();
    if way != Way::Streamed {
        return manager.generate_response(request, &options).await.map(|outcome| outcome.response);
    }
    let mut stream = manager.stream(request, &options).unwrap();
    while let Some(event) = stream.next().await {
        event?;
    }
    Ok(stream.into_outcome().unwrap().response)
}

/// What is compared of an answer: its text, its calls with their arguments as JSON, and why it
/// ended. Left out are ids, names of models, reasoning, usage and the reason in the upstream's
/// own words, which each dialect has in its own way or not at all.
fn told(answer: &ChatResponse) -> Value {
    let calls = answer.message.tool_calls.iter().map(|call| {
        json!({ "name": call.name, "arguments": serde_json::from_str::<Value>(&call.arguments).unwrap() })
    });
    json!({
        "text": answer.text(),
        "calls": calls.collect::<Vec<_>>(),
        "finish_reason": answer.finish_reason.as_ref().map(FinishReason::as_str),
    })
}

fn weather() -> Tool {
    let city = json!({ "type": "object", "properties": { "city": { "type": "string" } }, "required": ["city"] });
    Tool::new("get_weather", city).with_description("The weather in a city now.")
}

#[tokio::test]
async fn a_conversation_with_two_parallel_calls_is_the_same_in_every_dialect() {
    let Some(address) = address() else { return };
    for &kind in KINDS {
        for way in WAYS {
            let talk = |messages: Vec<Message>| {
                let request = ChatRequest::new(messages).with_tools([weather()]);
                ask(&address, kind, way, "acme/swift-8b", json!({}), request)
            };
            let mut messages = vec![Message::user("How warm is it in Paris and Rome?")];
            let asked = talk(messages.clone()).await.unwrap();
            let calls = json!([
                { "name": "get_weather", "arguments": { "city": "Paris" } },
                { "name": "get_weather", "arguments": { "city": "Rome" } },
            ]);
            let expected = json!({ "text": "", "calls": calls, "finish_reason": "tool_calls" });
            assert_eq!(told(&asked), expected, "{kind:?} {way:?}");

            let calls = asked.message.tool_calls.clone();
            assert_ne!(calls[0].id, calls[1].id, "{kind:?} {way:?}");
            messages.push(Message::Assistant(asked.message));
            messages.push(Message::tool_result(&calls[0].id, "18 degrees"));
            messages.push(Message::tool_result(&calls[1].id, "24 degrees"));
            let answer = talk(messages).await.unwrap();
            let text = "Paris has 18 degrees, Rome has 24.";
            let expected = json!({ "text": text, "calls": [], "finish_reason": "stop" });
            assert_eq!(told(&answer), expected, "{kind:?} {way:?}");
        }
    }
}

#[tokio::test]
async fn an_answer_by_a_schema_is_the_same_in_every_dialect() {
    let Some(address) = address() else { return };
    let schema = json!({
        "type": "object",
        "properties": { "city": { "type": "string" }, "population": { "type": "integer" } },
        "required": ["city", "population"],
        "additionalProperties": false,
    });
    for &kind in KINDS {
        for way in WAYS {
            let format = ResponseFormat::JsonSchema {
                name: "city".to_owned(),
                schema: Arc::new(schema.clone()),
                strict: true,
            };
            let request = ChatRequest::from("Describe Paris.").with_response_format(format);
            let answer = ask(&address, kind, way, "acme/swift-8b", json!({}), request).await;
            let text = r#"{"city":"Paris","population":2103000}"#;
            let expected = json!({ "text": text, "calls": [], "finish_reason": "stop" });
            assert_eq!(told(&answer.unwrap()), expected, "{kind:?} {way:?}");
        }
    }
}

#[tokio::test]
async fn its_faults_have_the_same_kind_in_every_dialect() {
    let Some(address) = address() else { return };
    // Its errors are objects in Ollama's dialect, where the real server sends text: the client
    // reads both.
    for (model, chaos, expected, status) in [
        ("gpt-4o", "", ErrorKind::Overloaded, Some(503)),
        ("gpt-4.1", "", ErrorKind::QuotaExhausted, Some(429)),
        ("claude-opus-4-1", "", ErrorKind::Overloaded, Some(529)),
        ("boreal/owl-broken", "", ErrorKind::BadGateway, Some(502)),
        ("boreal/owl-limited", "", ErrorKind::RateLimited, Some(429)),
        ("llama3.2:3b", "", ErrorKind::ModelNotFound, Some(404)),
        ("acme/swift-8b", "drop", ErrorKind::UpstreamServer, Some(500)),
        ("acme/swift-8b", "malformed", ErrorKind::MalformedResponse, None),
        ("acme/swift-8b", "ratelimit", ErrorKind::RateLimited, Some(429)),
        ("acme/swift-8b", "disconnect", ErrorKind::ResetAfterSend, None),
    ] {
        for &kind in KINDS {
            for way in WAYS {
                let headers = match chaos {
                    "" => json!({}),
                    fault => json!({ format!("x-aimock-chaos-{fault}"): "1" }),
                };
                let asked = ask(&address, kind, way, model, headers, "Hi".into()).await;
                let error = asked.unwrap_err();
                let seen = (error.kind(), error.status());
                assert_eq!(seen, (expected, status), "{model} {chaos} {kind:?} {way:?}: {error}");
            }
        }
    }
}

#[tokio::test]
async fn an_answer_that_is_cut_is_never_taken_for_whole() {
    let Some(address) = address() else { return };
    for model in ["boreal/owl-cut", "boreal/owl-gone"] {
        for &kind in KINDS {
            for way in WAYS {
                let asked = ask(&address, kind, way, model, json!({}), "Hi".into()).await;
                if way == Way::Whole {
                    // The server cuts streams only.
                    assert!(asked.unwrap().text().ends_with("end."), "{model} {kind:?}");
                } else {
                    let error = asked.unwrap_err();
                    assert_eq!(error.kind(), ErrorKind::StreamCut, "{model} {kind:?} {way:?}");
                }
            }
        }
    }
}
