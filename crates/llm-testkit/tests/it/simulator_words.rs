//! Answers that are told for one call.

use llm_testkit::simulator::{
    CallUsage, CalledTool, Dialect, JsonMode, ModelScript, Reply, SimulatorConfig,
};
use serde_json::{Value, json};

use crate::{
    dialects::{self, anthropic, lines, ollama, openai},
    wire::{chat, ended, post, send, simulator, start, with},
};

/// A text and two calls, the second of which breaks off.
fn told() -> Reply {
    Reply::says("Let me see.").with_tool_calls([
        CalledTool::new("adder", json!({"a": 2}).to_string()).with_id("call_7"),
        CalledTool::new("clock", "{\"zone\": "),
    ])
}

#[tokio::test(start_paused = true)]
async fn a_text_that_is_told_wins_over_tools_json_and_judging() {
    let tools = json!({
        "tools": [{"type": "function", "function": {"name": "adder", "parameters": {}}}],
        "response_format": {"type": "json_object"},
        "messages": [{"role": "user", "content": "Say [[A>B]] or [[B>A]]."}],
    });
    let simulator = simulator(|model| {
        model.with_json(JsonMode::Valid).with_replies([Reply::says("plain words")])
    });
    let content = async || {
        let got = send(&simulator, &post(&with(chat(false), &tools))).await;
        got.json()["choices"][0]["message"]["content"].clone()
    };
    assert_eq!(content().await, "plain words");
    assert_eq!(content().await, Value::Null, "the next call is the model's again");
}

#[tokio::test(start_paused = true)]
async fn a_text_that_is_told_ends_at_the_limit_of_the_request() {
    let simulator = simulator(|model| model.with_reply(Reply::says("one two three")));
    let got = send(&simulator, &post(&with(chat(false), &json!({"max_tokens": 2})))).await;
    let choice = &got.json()["choices"][0];
    assert_eq!(
        (&choice["message"]["content"], &choice["finish_reason"]),
        (&json!("one two "), &json!("length"))
    );
}

#[tokio::test(start_paused = true)]
async fn openai_writes_a_text_beside_calls() {
    let simulator = dialects::simulator(Dialect::OpenAi, |model| model.with_reply(told()));
    let message = openai(&simulator, &json!({})).await.json()["choices"][0]["message"].clone();
    assert_eq!(message["content"], "Let me see.");
    assert_eq!(message["tool_calls"][0]["id"], "call_7");
    assert_eq!(message["tool_calls"][1]["function"]["arguments"], "{\"zone\": ");
    let got = openai(&simulator, &json!({"stream": true})).await;
    assert_eq!(got.streamed_text(), "Let me see.");
    assert!(got.text().contains("\"index\":1"), "{}", got.text());
}

#[tokio::test(start_paused = true)]
async fn anthropic_writes_a_block_of_text_before_those_of_calls() {
    let simulator = dialects::simulator(Dialect::Anthropic, |model| model.with_reply(told()));
    let body = anthropic(&simulator, &json!({})).await.json();
    let kinds: Vec<_> =
        body["content"].as_array().unwrap().iter().map(|block| &block["type"]).collect();
    assert_eq!(kinds, ["text", "tool_use", "tool_use"]);
    assert_eq!(body["content"][1]["input"], json!({"a": 2}));
    assert_eq!(body["stop_reason"], "tool_use");
    let events = anthropic(&simulator, &json!({"stream": true})).await.events();
    let opened = events.iter().filter(|event| event["type"] == "content_block_start");
    let opened: Vec<_> = opened
        .map(|event| (event["index"].clone(), event["content_block"]["type"].clone()))
        .collect();
    assert_eq!(
        opened,
        [(0, "text"), (1, "tool_use"), (2, "tool_use")]
            .map(|(index, kind)| (json!(index), json!(kind)))
    );
}

#[tokio::test(start_paused = true)]
async fn ollama_writes_a_text_and_whole_calls() {
    let simulator = dialects::simulator(Dialect::Ollama, |model| model.with_reply(told()));
    let message = ollama(&simulator, &json!({"stream": false})).await.json()["message"].clone();
    assert_eq!(message["content"], "Let me see.");
    assert_eq!(message["tool_calls"][0]["function"]["arguments"], json!({"a": 2}));
    let streamed = lines(&ollama(&simulator, &json!({})).await);
    let text: String =
        streamed.iter().filter_map(|line| line["message"]["content"].as_str()).collect();
    assert_eq!(text, "Let me see.");
    let calls = streamed.iter().filter(|line| line["message"]["tool_calls"].is_array()).count();
    assert_eq!(calls, 2);
}

#[tokio::test(start_paused = true)]
async fn usage_that_is_told_is_priced_and_logged() {
    let simulator = simulator(|model| {
        model.with_price("0.5", "2").with_replies([Reply::answer().with_usage(10, 3)])
    });
    let usage =
        send(&simulator, &post(&chat(true))).await.events().last().unwrap()["usage"].clone();
    assert_eq!((&usage["prompt_tokens"], &usage["total_tokens"]), (&json!(10), &json!(13)));
    assert_eq!(usage["cost"], 11.0);
    let logged = ended(&simulator, 1).await[0].usage.unwrap();
    let CallUsage { prompt, completion, cost, .. } = logged;
    assert_eq!((prompt, completion, cost), (10, 3, Some(11.0)));
}

#[tokio::test(start_paused = true)]
async fn usage_is_logged_only_where_the_client_was_told() {
    let usage = async |reply: Reply, stream: bool| {
        let model = ModelScript::new("acme/one").with_reply(reply);
        let simulator = start(SimulatorConfig::default().with_model(model));
        let got = send(&simulator, &post(&chat(stream))).await;
        let logged = ended(&simulator, 1).await[0].usage.is_some();
        let text = String::from_utf8_lossy(&got.bytes).into_owned();
        assert_eq!(logged, text.contains("\"usage\":{"), "{text}");
        logged
    };
    for stream in [false, true] {
        assert!(usage(Reply::answer(), stream).await);
        assert!(usage(Reply::no_content(), stream).await);
        assert!(usage(Reply::no_choices(), stream).await);
        assert!(!usage(Reply::cut_after(2), stream).await);
        assert!(!usage(Reply::status(503), stream).await);
    }
    assert!(usage(Reply::error_after(2, 502, "gone"), false).await);
    assert!(!usage(Reply::error_after(2, 502, "gone"), true).await);
}
