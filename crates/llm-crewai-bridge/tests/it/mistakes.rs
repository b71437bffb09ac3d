//! Calls that are none: the place, what is wrong, and what would be right.

use std::fmt::Write as _;

use llm_crewai_bridge::{FaultKind, Service};
use llm_manager::config::Environment;
use serde_json::{Value, json};

use crate::support::service;

/// What is said to each of these calls, of which nothing is sent.
async fn told(calls: impl IntoIterator<Item = Value>) -> String {
    let (service, provider) = service([]);
    let mut told = String::new();
    for call in calls {
        let fault = service.generate(&call.to_string()).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Usage, "{call}");
        writeln!(told, "{call}\n    {fault}").unwrap();
    }
    assert!(provider.calls().is_empty());
    told
}

#[tokio::test(start_paused = true)]
async fn messages_that_are_none_are_named_by_their_place() {
    let messages = [
        json!(null),
        json!(5),
        json!({ "role": "user", "content": "Hi" }),
        json!(""),
        json!(" \n"),
        json!([]),
        json!([{ "role": "user", "content": [] }]),
        json!(["Hi"]),
        json!([{ "content": "Hi" }]),
        json!([{ "role": "user", "content": "Hi" }, { "role": "robot", "content": "Hi" }]),
        json!([{ "role": "user", "content": 5 }]),
        json!([{ "role": "user", "content": [{ "text": "Hi" }] }]),
        json!([{ "role": "user", "content": [{ "type": "text" }] }]),
        json!([{ "role": "user", "content": [{ "type": "image_url" }] }]),
        json!([{ "role": "user", "content": [{ "type": "image_url", "image_url": {} }] }]),
        json!([{ "role": "tool", "content": "5" }]),
        json!([{ "role": "assistant", "tool_calls": 5 }]),
        json!([{ "role": "assistant", "tool_calls": [{ "id": "call_1" }] }]),
        json!([{ "role": "assistant", "tool_calls": [{ "function": { "name": "adder" } }] }]),
        json!([{ "role": "assistant", "tool_calls": [{ "id": "call_1", "function": {} }] }]),
    ];
    insta::assert_snapshot!(told(messages.map(|messages| json!({ "messages": messages }))).await);
}

#[tokio::test(start_paused = true)]
async fn arguments_that_cannot_be_are_named() {
    let arguments = [
        json!({ "temperature": "hot" }),
        json!({ "max_tokens": -1 }),
        json!({ "max_tokens": 1.5 }),
        json!({ "seed": "x" }),
        json!({ "stop": 5 }),
        json!({ "stop": ["end", 5] }),
        json!({ "parallel_tool_calls": "yes" }),
        json!({ "tools": {} }),
        json!({ "tools": [5] }),
        json!({ "tools": [{ "name": "adder" }, { "type": "function" }] }),
        json!({ "tools": [{ "name": "adder", "parameters": 5 }] }),
        json!({ "tool_choice": "perhaps" }),
        json!({ "response_format": "json" }),
        json!({ "response_format": { "type": "xml" } }),
        json!({ "response_format": { "type": "json_schema", "json_schema": {} } }),
        json!({ "options": { "strategy": "best_of_too" } }),
        json!({ "options": { "strategy": 2 } }),
        json!({ "options": { "use_fastest": "yes" } }),
        json!({ "options": { "timeout": "soon" } }),
        json!({ "options": { "timeout": 0 } }),
        json!({ "options": { "timeout": -1.5 } }),
        json!({ "options": { "timeout": 1e300 } }),
        json!({ "options": { "avoid": "acme/one" } }),
        json!({ "options": { "model_name": "acme/onne" } }),
        json!({ "options": { "avoid": ["acme/onne"] } }),
        json!({ "options": { "modle": "acme/one" } }),
        json!({ "mesages": "Hi" }),
    ];
    let calls = arguments.map(|mut call| {
        call["messages"] = json!("Hi");
        call
    });
    insta::assert_snapshot!(told(calls).await);
}

#[tokio::test(start_paused = true)]
async fn what_is_no_json_is_a_mistake_too() {
    let (service, _) = service([]);
    for json in ["", "{", "[]", "5", "\u{0}", "{\"messages\": \"\\ud800\"}"] {
        assert_eq!(service.generate(json).await.unwrap_err().kind, FaultKind::Usage, "{json}");
        assert_eq!(service.stream(json).unwrap_err().kind, FaultKind::Usage, "{json}");
        assert_eq!(service.count_tokens(json).unwrap_err().kind, FaultKind::Usage, "{json}");
    }
}

#[test]
fn every_problem_of_a_settings_file_is_told_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("llm_settings.yaml");
    let open = || Service::open(&path, Environment::default()).unwrap_err();
    assert_eq!(open().kind, FaultKind::Config);
    assert!(open().message.contains("llm_settings.yaml"));
    let text =
        "llm: { strategy: best_of_too, timeot: 5 }\nproviders: { openrouter: { kindd: 5 } }\n";
    std::fs::write(&path, text).unwrap();
    let fault = open();
    assert_eq!(fault.kind, FaultKind::Config);
    for words in ["best_of_too", "timeot", "kindd"] {
        assert!(fault.message.contains(words), "{fault}");
    }
}
