//! What a caller sees when another model answers, and what that model is sent.

use std::time::Duration;

use llm_core::{ChatRequest, Tool};
use llm_manager::{GenerateOptions, LlmManager};
use llm_testkit::simulator::{ModelScript, Reply, Simulator, ToolMode, Truncation};

use super::{manager, read, story, upstream};
use crate::support::config;

/// Ways to fail before anything was said.
fn silent_failures() -> Vec<Reply> {
    vec![
        Reply::status(500),
        Reply::status(503),
        Reply::status(529),
        Reply::rate_limited(Some(60)),
        Reply::html(502),
        Reply::garbage(),
        Reply::empty(200),
        Reply::close(),
        Reply::reset(),
        Reply::hang(),
        Reply::stall_after(0),
        Reply::comments_only(Duration::from_secs(5)),
        Reply::cut_after(0),
        Reply::reset_after(0),
        Reply::error_after(0, 502, "Provider returned error"),
        Reply::no_choices(),
        Reply::no_content(),
        Reply::event_stream("data: {not json}\n\ndata: [DONE]\n\n"),
        Reply::event_stream("data: [DONE]\n\n"),
    ]
}

/// An upstream where `a/0`, `a/1` and so on fail in these ways, and `b/fine` answers.
fn failing(replies: &[Reply]) -> Simulator {
    let failing = replies.iter().enumerate();
    let failing =
        failing.map(|(number, reply)| ModelScript::new(down(number)).with_reply(reply.clone()));
    let fine = ModelScript::new("b/fine").with_answer("what the fallback says");
    upstream(failing.chain([fine]))
}

fn down(number: usize) -> String {
    format!("a/{number}")
}

#[tokio::test(start_paused = true)]
async fn h01_a_stream_after_a_fallback_is_that_of_the_fallback_alone() {
    let failures = silent_failures();
    let simulator = failing(&failures);
    let manager = manager(&simulator, "b/fine", "  retry_attempts: 0");
    let (expected, none) = read(&manager, &GenerateOptions::default()).await;
    assert!(none.is_none() && expected.len() > 3, "{expected:?}");
    for (number, failure) in failures.iter().enumerate() {
        let before = simulator.calls().len();
        let first = GenerateOptions::default().with_model(down(number));
        let (seen, error) = read(&manager, &first).await;
        assert!(error.is_none(), "{failure:?}: {error:?}");
        assert_eq!(seen, expected, "{failure:?}");
        let calls = simulator.calls();
        let asked: Vec<&str> = calls[before..].iter().map(|call| &*call.model).collect();
        assert_eq!(asked, [&*down(number), "b/fine"], "{failure:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn whatever_is_no_answer_sends_the_request_on_and_each_attempt_is_one_call() {
    let mut failures = silent_failures();
    failures.extend([
        Reply::cut_after(3),
        Reply::reset_after(3),
        Reply::stall_after(3),
        Reply::truncated(Truncation::Length),
        Reply::error_after(3, 429, "Rate limit exceeded"),
        Reply::no_finish(),
    ]);
    let simulator = failing(&failures);
    for upstream_stream in ["on", "off"] {
        let yaml = format!(
            "llm: {{ strategy: fallback, retry_attempts: 0, model_roles: {{ primary: [b/fine] }} }}\n\
             providers:\n  openrouter: {{ base_url: \"{}\", api_key: sk-test-000, \
             upstream_stream: {upstream_stream} }}\n",
            simulator.base_url()
        );
        let manager = LlmManager::builder().config(config(&yaml)).without_state().build().unwrap();
        for (number, failure) in failures.iter().enumerate() {
            let before = simulator.calls().len();
            let first = GenerateOptions::default().with_model(down(number));
            let outcome = manager.generate_response("Hi", &first).await.unwrap();
            let calls = simulator.calls().len() - before;
            assert_eq!(outcome.attempts().len(), calls, "{failure:?} {}", story(&outcome));
            // The end of a stream proves nothing, that of a whole JSON body does.
            if upstream_stream == "off" && *failure == Reply::no_finish() {
                assert_eq!(calls, 1, "{failure:?} {}", story(&outcome));
            } else {
                assert_eq!(outcome.text(), "what the fallback says", "{failure:?}");
                assert_eq!(calls, 2, "{failure:?} {}", story(&outcome));
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn h06_nothing_of_the_first_model_reaches_the_second_or_the_caller() {
    let failing = Reply::cut_after(6).with_header("x-generation-id", "gen-of-the-first");
    let simulator = upstream([
        ModelScript::new("a/half").with_reasoning_tokens(2).with_reply(failing),
        ModelScript::new("b/fine").with_tools(ToolMode::Ignored),
    ]);
    let other = upstream([ModelScript::new("b/fine")
        .with_answer("from the second")
        .with_tools(ToolMode::Ignored)]);
    let yaml = format!(
        "llm:\n  strategy: fallback\n  streaming: {{ commit: complete }}\n  retry_attempts: 0\n  \
         model_roles: {{ primary: [a/half, 'second:b/fine'] }}\n\
         providers:\n  first:\n    kind: openrouter\n    base_url: \"{}\"\n    \
         api_key: sk-test-001\n    headers: {{ x-team: first }}\n    models:\n    \
         - {{ name: a/half, temperature: 0.7, max_tokens: 7, extra_body: {{ route: first }} }}\n  \
         second:\n    kind: openrouter\n    base_url: \"{}\"\n    api_key: sk-test-002\n",
        simulator.base_url(),
        other.base_url()
    );
    let manager = LlmManager::builder().config(config(&yaml)).without_state().build().unwrap();
    let tool = Tool::new("look_up", serde_json::json!({ "type": "object" }));
    let outcome = manager.generate(ChatRequest::from("Hi").with_tools([tool])).await.unwrap();
    assert_eq!(story(&outcome), "a/half:stream_cut b/fine:ok");

    let first = &simulator.calls()[0];
    assert_eq!(first.header("x-team"), Some("first"));
    assert_eq!((&first.body["max_tokens"], &first.body["route"]), (&7.into(), &"first".into()));
    let second = &other.calls()[0];
    assert_eq!(second.header("x-team"), None);
    for field in ["max_tokens", "temperature", "route"] {
        assert!(second.body.get(field).is_none(), "{field}: {}", second.body);
    }
    assert_eq!(second.body["messages"], first.body["messages"], "no half answer among them");

    let response = &outcome.response;
    assert_eq!(response.text(), "from the second");
    assert_eq!(response.model.as_ref().unwrap(), "b/fine");
    assert!(response.message.tool_calls.is_empty() && response.message.reasoning.is_none());
    assert!(!response.id.as_deref().unwrap_or_default().contains("first"));
    assert_eq!(response.usage, outcome.attempts()[1].usage);
}

#[tokio::test(start_paused = true)]
async fn h09_each_provider_is_sent_its_own_names_and_settings() {
    let simulator = upstream([
        ModelScript::new("a/down").with_reply(Reply::status(503)),
        ModelScript::new("b/fine"),
    ]);
    let yaml = format!(
        "llm:\n  strategy: fallback\n  retry_attempts: 0\n  \
         model_roles: {{ primary: ['first:a/down', 'second:b/fine'] }}\n\
         providers:\n  first: {{ kind: openrouter, base_url: \"{url}\", api_key: sk-test-001, \
         models: [{{ name: a/down, top_p: 0.5, aliases: [fine] }}] }}\n  \
         second: {{ kind: openrouter, base_url: \"{url}\", api_key: sk-test-002, \
         models: [{{ name: b/fine, temperature: 0.25 }}] }}\n",
        url = simulator.base_url()
    );
    let manager = LlmManager::builder().config(config(&yaml)).without_state().build().unwrap();
    let request = ChatRequest::from("Hi").with_max_tokens(50);
    let outcome = manager.generate(request).await.unwrap();
    assert_eq!(story(&outcome), "a/down:overloaded b/fine:ok");
    let [first, second] = <[_; 2]>::try_from(simulator.calls()).unwrap();
    for (call, model) in [(&first, "a/down"), (&second, "b/fine")] {
        assert_eq!(call.body["model"], model);
        assert_eq!(call.body["max_tokens"], 50);
        assert!(call.body.get("max_completion_tokens").is_none(), "{}", call.body);
    }
    assert_eq!((&first.body["top_p"], first.body.get("temperature")), (&0.5.into(), None));
    assert_eq!((second.body.get("top_p"), &second.body["temperature"]), (None, &0.25.into()));
}
