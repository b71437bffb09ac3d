//! What is logged, and what never is.

use llm_testkit::simulator::Reply;
use serde_json::Value;

use crate::support::Upstream;

#[test]
fn failed_attempts_are_logged_and_more_on_request() {
    let upstream = Upstream::failing(Reply::status(404));
    let home = upstream.home("");
    let ask = ["ask", "hi"];
    let plain = home.run(&ask).ends(0).says(&["WARN", "attempt failed", "model_not_found"]);
    assert!(!plain.stderr.contains("INFO"), "{}", plain.stderr);
    home.run(&["ask", "-v", "hi"]).ends(0).says(&["INFO", "answered", "strategy=\"single\""]);
    let off = home.set("LLM_LOG", "off");
    assert_eq!(off.run(&ask).ends(0).stderr, "");
    let configured = upstream.home("").set("LLM__TELEMETRY__LOG_LEVEL", "error");
    assert_eq!(configured.run(&ask).ends(0).stderr, "");
}

#[test]
fn json_logs_are_json_lines() {
    let upstream = Upstream::failing(Reply::status(503));
    let home = upstream.home("").set("LLM__TELEMETRY__LOG_FORMAT", "json");
    let ran = home.run(&["ask", "-v", "hi"]).ends(0);
    let lines: Vec<Value> =
        ran.stderr.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let kinds: Vec<&Value> = lines.iter().map(|line| &line["kind"]).collect();
    assert!(kinds.contains(&&Value::from("overloaded")), "{}", ran.stderr);
}

#[test]
fn neither_the_key_nor_the_prompt_nor_the_answer_is_ever_logged() {
    let upstream = Upstream::failing(Reply::status(401));
    let home = upstream.home("").set("LLM_LOG", "trace");
    let ran = home.run(&["ask", "a-word-of-the-prompt"]).ends(100);
    let ran = [ran, home.run(&["ask", "--model", "b/second", "a-word-of-the-prompt"]).ends(0)];
    for ran in ran {
        for secret in ["sk-test-000", "a-word-of-the-prompt", "second\n"] {
            assert!(!ran.stderr.contains(secret), "{secret} in {}", ran.stderr);
        }
    }
}
