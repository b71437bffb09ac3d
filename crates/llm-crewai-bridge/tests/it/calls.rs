//! Calls of all shapes: what a provider is asked, and what is replied.

use llm_core::{ChatRequest, ErrorKind, Usage};
use llm_testkit::fakes::Step;
use serde_json::{Value, json};

use crate::support::{hello, read, service};

/// What the provider is asked when a call is made.
async fn asked(call: Value) -> ChatRequest {
    let (service, provider) = service([Step::answer("yes")]);
    service.generate(&call.to_string()).await.unwrap();
    provider.calls()[0].request.clone()
}

#[tokio::test(start_paused = true)]
async fn messages_of_all_shapes_are_understood() {
    let request = asked(json!({ "messages": [
        { "role": "system", "content": "Be brief.", "cache_breakpoint": true },
        { "role": "developer", "content": "Very." },
        { "role": "user", "name": "Ann", "content": [
            "plain",
            { "type": "text", "text": "And this?" },
            { "type": "input_text", "text": "And that?" },
            { "type": "image_url", "image_url": { "url": "data:image/png;base64,aGk=", "detail": "low" } },
            { "type": "image_url", "image_url": "https://images.invalid/cat.png" },
            { "type": "input_audio", "input_audio": { "data": "aGk=", "format": "wav" } },
        ] },
        { "role": "assistant", "content": null, "tool_calls": [
            { "id": "call_1", "type": "function", "function": { "name": "adder", "arguments": "{\"a\":2}" } },
            { "id": "call_2", "type": "function", "function": { "name": "clock", "arguments": null } },
            { "id": "call_3", "type": "function", "function": { "name": "adder", "arguments": { "a": 3 } } },
        ] },
        { "role": "tool", "tool_call_id": "call_1", "name": "adder", "content": "5" },
        { "role": "tool", "tool_call_id": "call_2", "content": [{ "type": "text", "text": "noon" }] },
        { "role": "assistant", "refusal": "No." },
        { "role": "user", "content": "Go on" },
    ] }))
    .await;
    insta::assert_json_snapshot!(request.messages);
}

#[tokio::test(start_paused = true)]
async fn tools_formats_and_sampling_are_understood() {
    let schema = json!({ "type": "object", "properties": { "a": { "type": "integer" } } });
    let request = asked(json!({
        "messages": "2 + 3?",
        "tools": [
            { "type": "function", "function": {
                "name": "adder", "description": "Adds.", "parameters": schema, "strict": true,
            } },
            { "name": "clock" },
        ],
        "tool_choice": { "type": "function", "function": { "name": "adder" } },
        "parallel_tool_calls": false,
        "response_format": { "type": "json_schema", "json_schema": { "name": "sum", "schema": schema } },
        "temperature": 0.5, "top_p": 0.9, "max_tokens": 100, "frequency_penalty": 0.1,
        "presence_penalty": 0.2, "stop": "end", "seed": 7,
    }))
    .await;
    insta::assert_json_snapshot!(request);
}

#[tokio::test(start_paused = true)]
async fn what_is_left_out_is_not_sent() {
    let plain = asked(json!({ "messages": "Hello" })).await;
    assert_eq!(plain, ChatRequest::from("Hello"));
    let nothing = json!({
        "messages": "Hello", "tools": [], "tool_choice": "auto", "stop": [],
        "response_format": { "type": "text" }, "temperature": null, "options": {},
    });
    assert_eq!(asked(nothing).await, plain);
}

#[tokio::test(start_paused = true)]
async fn a_reply_is_the_answer_and_its_story() {
    let mut usage = Usage::default();
    usage.input_tokens = Some(10);
    usage.output_tokens = Some(2);
    let (service, _) = service([Step::answer("yes").with_usage(usage)]);
    let reply = read(&service.generate(&hello()).await.unwrap());
    insta::assert_json_snapshot!(reply);
}

#[tokio::test(start_paused = true)]
async fn a_reply_of_nobody_is_the_story() {
    let (service, provider) = service([Step::error(ErrorKind::Overloaded)]);
    provider.script("acme/two", [Step::error(ErrorKind::UpstreamServer)]);
    let reply = read(&service.generate(&hello()).await.unwrap());
    insta::assert_json_snapshot!(reply);
}

#[tokio::test(start_paused = true)]
async fn tokens_are_a_quarter_of_the_characters() {
    let (service, provider) = service([]);
    let count = |call: Value| service.count_tokens(&call.to_string()).unwrap();
    assert_eq!(count(json!({ "messages": [] })), 0);
    assert_eq!(count(json!({ "messages": "x".repeat(401) })), 101);
    let tool = json!([{ "name": "adder", "parameters": { "type": "object" } }]);
    assert!(count(json!({ "messages": [], "tools": tool })) > 5);
    assert!(provider.calls().is_empty());
}

#[tokio::test(start_paused = true)]
async fn models_are_listed_and_resolved() {
    let (service, _) = service([Step::answer("yes")]);
    assert_eq!(service.fastest_model(), None);
    assert_eq!(service.resolve("acme/two"), Ok("lab:acme/two".to_owned()));
    assert!(service.resolve("acme/twoo").unwrap_err().message.contains("acme/two"));
    service.generate(&hello()).await.unwrap();
    assert_eq!(service.fastest_model(), Some("lab:acme/one".to_owned()));
    let models = read(&service.models());
    assert_eq!(models[0]["success_count"], 1);
    assert_eq!(models[0]["role"], "primary");
    assert_eq!(models[1]["success_count"], 0);
}
