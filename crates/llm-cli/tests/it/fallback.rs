//! A primary that fails in any way: the next role answers.

use llm_testkit::{
    simulator::{ModelScript, Reply},
    sockets::ClosedPort,
};
use serde_json::Value;

use crate::support::{Home, SEED, Upstream};

const LIMITS: &str = "  timeouts: { connect: 1s, first_token: 1s, idle: 1s, progress: 2s }\n  \
                      retry_attempts: 0\n";

#[track_caller]
fn check(reply: Reply, kind: &str) {
    let upstream = Upstream::failing(reply);
    let home = upstream.home(LIMITS);
    let ran = home.run(&["ask", "--json", "hi"]).ends(0).says(&["WARN", kind, "a/first"]).json();
    assert_eq!(ran["content"], "second", "{ran}");
    assert_eq!(ran["model_name"], "b/second");
    assert_eq!(ran["attempts"][0]["outcome"], kind, "{ran}");
    assert_eq!(ran["attempts"][1]["outcome"], "ok");
    assert_eq!(ran["attempts"][1]["role"], "reserve");
    assert_eq!(upstream.called(), ["a/first", "b/second"]);
}

#[test]
fn a_primary_that_answers_503() {
    check(Reply::status(503), "overloaded");
}

#[test]
fn a_primary_that_hangs() {
    check(Reply::hang(), "first_token_timeout");
}

#[test]
fn a_primary_that_resets() {
    check(Reply::reset(), "reset_after_send");
}

#[test]
fn a_primary_that_sends_a_web_page() {
    check(Reply::html(200), "not_json");
}

#[test]
fn a_primary_that_sends_nothing() {
    check(Reply::empty(200), "empty_response");
}

#[test]
fn all_eight_models_of_the_seed_are_named_when_nobody_listens() {
    let models = [
        "meta-llama/llama-3.2-1b-instruct",
        "microsoft/phi-3-mini-128k-instruct",
        "meta-llama/llama-3.2-3b-instruct",
        "microsoft/wizardlm-2-8x22b",
        "google/gemma-2-27b-it",
        "mistralai/mistral-small-24b-instruct-2501",
        "kwaipilot/kat-coder-pro:free",
        "undi95/remm-slerp-l2-13b",
    ];
    let port = ClosedPort::take().unwrap();
    let dead = format!("http://{}/api/v1", port.address());
    let home = Home::with_settings(SEED)
        .set("OPENROUTER_API_KEY", "sk-test-000")
        .set("LLM__PROVIDERS__OPENROUTER__BASE_URL", dead);
    let ran = home.run(&["ask", "hi"]).ends(100).prints_nothing().says(&models);
    assert!(ran.stderr.contains("connect_refused"));
    let ran = home.run(&["ask", "--json", "hi"]).ends(100).json();
    let mut tried: Vec<&str> =
        ran["attempts"].as_array().unwrap().iter().map(|a| a["model"].as_str().unwrap()).collect();
    tried.sort_unstable();
    tried.dedup();
    assert_eq!(tried.len(), 8, "{ran}");
    assert_eq!(ran["error"]["kind"], "connect_refused");
    assert_eq!(ran["success"], false);
    assert!(ran["content"].is_null());
}

#[test]
fn a_stream_that_is_cut_after_content_is_partial_and_never_switches() {
    let upstream = Upstream::new([
        ModelScript::new("a/first")
            .with_answer("one two three four five six")
            .with_reply(Reply::cut_after(3)),
        ModelScript::new("b/second").with_answer("second"),
    ]);
    let home = upstream.home(LIMITS);
    let ran = home.run(&["ask", "--stream", "hi"]).ends(100).says(&["stream_cut"]);
    assert!(ran.stdout.starts_with("one") && !ran.stdout.contains("second"), "{}", ran.stdout);
    let json = home.run(&["ask", "--stream", "--json", "--no-fastest", "hi"]).ends(100).json();
    assert_eq!(json["success"], false);
    assert_eq!(json["partial"], true);
    assert_eq!(json["content"], ran.stdout.trim_end_matches('\n'));
    assert_eq!(json["error"]["kind"], "stream_cut");
}

/// What `ask --stream --json` says of a first model that is cut after 40 of 60 tokens.
fn cut_after_forty(commit: &str, code: i32) -> Value {
    let sixty: Vec<String> = (1..=60).map(|number| format!("token{number}")).collect();
    let upstream = Upstream::new([
        ModelScript::new("a/first").with_answer(sixty.join(" ")).with_reply(Reply::cut_after(40)),
        ModelScript::new("b/second").with_answer("the whole answer of the second"),
    ]);
    let home = upstream.home(&format!("{LIMITS}  streaming: {{ commit: {commit} }}\n"));
    home.run(&["ask", "--stream", "--json", "hi"]).ends(code).json()
}

#[test]
fn a_stream_that_waits_for_the_whole_answer_hears_the_second_model_alone() {
    let json = cut_after_forty("complete", 0);
    assert_eq!((&json["success"], &json["partial"]), (&true.into(), &false.into()), "{json}");
    assert_eq!(json["content"], "the whole answer of the second");
    assert_eq!(json["attempts"][0]["outcome"], "stream_cut");
    assert_eq!(json["attempts"][0]["billed"], "yes");
    assert_eq!(json["attempts"][1]["outcome"], "ok");
}

#[test]
fn a_stream_from_the_first_token_on_ends_partial_and_alone() {
    let json = cut_after_forty("first_token", 100);
    assert_eq!((&json["success"], &json["partial"]), (&false.into(), &true.into()), "{json}");
    let content = json["content"].as_str().unwrap();
    assert!(content.contains("token40") && !content.contains("token41"), "{content}");
    assert_eq!(json["attempts"].as_array().unwrap().len(), 1);
    assert_eq!(json["attempts"][0]["billed"], "yes");
    assert_eq!(json["error"]["kind"], "stream_cut");
}

#[test]
fn a_silent_primary_is_tried_once_for_as_long_as_its_first_token_may_take() {
    let upstream = Upstream::failing(Reply::hang());
    let alone = format!("{LIMITS}  model_roles: {{ primary: [a/first] }}\n");
    let json = upstream.home(&alone).run(&["ask", "--json", "hi"]).ends(100).json();
    assert_eq!(upstream.called(), ["a/first"]);
    assert_eq!(json["attempts"][0]["outcome"], "first_token_timeout");
    let message = json["error"]["message"].as_str().unwrap();
    assert!(message.contains("no first token within 1.0s"), "{message}");
}

#[test]
fn a_prompt_too_large_for_every_window_is_sent_to_nobody() {
    let upstream = Upstream::failing(Reply::answer());
    let home = upstream.home("");
    home.write(
        "small.yaml",
        format!(
            "llm: {{ model_roles: {{ primary: [a/first], reserve: [b/second] }} }}\nproviders:\n  \
             openrouter:\n    base_url: {}\n    api_key: ${{OPENROUTER_API_KEY}}\n    models:\n    \
             - {{ name: a/first, context_window: 1000 }}\n    - {{ name: b/second, context_window: 2000 }}\n",
            upstream.base_url()
        ),
    );
    let prompt = "word ".repeat(10_000);
    let ask = ["ask", "--config", "small.yaml", "--json", "-"];
    let ran = home.run_with(&ask, prompt).ends(100).says(&["context_window"]).json();
    assert_eq!(ran["excluded"].as_array().unwrap().len(), 2);
    assert_eq!(upstream.called(), [""; 0]);
}
