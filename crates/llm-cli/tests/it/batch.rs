//! `ask --batch`: lines in, lines out.

use llm_testkit::simulator::{ModelScript, Reply};
use serde_json::Value;

use crate::support::{Ran, Upstream};

#[test]
fn every_line_has_its_result_in_order_and_a_bad_one_stops_nobody() {
    let upstream = Upstream::new([
        ModelScript::new("a/first").with_answer("first"),
        ModelScript::new("b/second").with_answer("second"),
        ModelScript::new("c/broken").with_reply(Reply::status(400)),
    ]);
    let home = upstream.home("");
    let input = concat!(
        "{\"prompt\": \"one\"}\n",
        "\n",
        "this is no JSON\n",
        "{\"prompt\": \"two\", \"model\": \"b/second\", \"stream\": true, \"delay_ms\": 5}\n",
        "{\"promt\": \"three\"}\n",
        "{\"prompt\": \"  \"}\n",
        "{\"prompt\": \"four\", \"model\": \"c/broken\"}\n",
        "\u{ff}\n",
        "{\"prompt\": \"five\"}",
    );
    let ran = home.run_with(&["ask", "--batch"], input).ends(100);
    let results = results(&ran);
    let summary: Vec<String> = results
        .iter()
        .map(|result| {
            if result["success"] == true {
                format!("{} {}", result["content"], result["ttft"].is_number())
            } else {
                result["error"]["kind"].to_string()
            }
        })
        .collect();
    assert_eq!(
        summary,
        [
            "\"first\" false",
            "\"invalid_request\"",
            "\"second\" true",
            "\"invalid_request\"",
            "\"invalid_request\"",
            "\"invalid_request\"",
            "\"invalid_request\"",
            "\"first\" false",
        ]
    );
    assert!(results[1]["error"]["message"].as_str().unwrap().contains("line 3"));
    assert!(results[3]["error"]["message"].as_str().unwrap().contains("promt"));
    assert!(results[0].as_object().unwrap().keys().eq(results[1].as_object().unwrap().keys()));
}

#[test]
fn a_batch_without_failures_ends_with_zero_and_an_empty_one_too() {
    let upstream = Upstream::failing(Reply::answer());
    let home = upstream.home("");
    assert_eq!(
        home.run_with(&["ask", "--batch"], "{\"prompt\": \"one\"}\n")
            .ends(0)
            .stdout
            .lines()
            .count(),
        1
    );
    home.run_with(&["ask", "--batch"], "").ends(0).prints_nothing();
}

/// How often a model is asked while it is down for a minute, and when it is found again, `llm-bench`
/// proves in paused time: `a_model_that_was_down_for_a_minute_is_left_alone_and_found_again`.
#[test]
fn an_outage_of_the_primary_costs_one_call_and_every_line_is_answered() {
    let primary = ModelScript::new("a/first").with_answer("first");
    let upstream = Upstream::new([
        primary.with_replies([Reply::status(503), Reply::status(503)]),
        ModelScript::new("b/second").with_answer("second"),
    ]);
    let home = upstream.home("  retry_attempts: 0\n");
    // The rest of a model is real time here and not waited for; it ends with the process.
    let batch = || home.run_with(&["ask", "--batch"], "{\"prompt\": \"Hi\"}\n".repeat(5)).ends(0);
    for _ in 0..2 {
        let ran = batch().says(&["WARN", "overloaded", "a/first"]);
        let [first, later @ ..] = &results(&ran)[..] else { panic!("{ran:?}") };
        assert_eq!(story(first), "a/first:overloaded b/second:ok", "{first}");
        assert_eq!(later.len(), 4);
        for result in later {
            assert_eq!(story(result), "b/second:ok", "{result}");
            let left_out = &result["excluded"][0];
            assert_eq!(left_out["model"], "a/first", "{result}");
            assert!(left_out["reason"].as_str().unwrap().starts_with("cooling_down: back in "));
        }
    }
    let healed = results(&batch());
    assert!(healed.iter().all(|result| story(result) == "a/first:ok"), "{healed:?}");
    let called = upstream.called();
    assert_eq!(called.iter().filter(|model| *model == "a/first").count(), 2 + 5, "{called:?}");
    assert_eq!(called.len(), 2 * (1 + 5) + 5);
}

/// The result of each line.
fn results(ran: &Ran) -> Vec<Value> {
    ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The attempts of a result in one line: `a:overloaded b:ok`.
fn story(result: &Value) -> String {
    let attempts = result["attempts"].as_array().unwrap().iter();
    let each = attempts.map(|attempt| {
        let [model, outcome] = ["model", "outcome"].map(|name| attempt[name].as_str().unwrap());
        format!("{model}:{outcome}")
    });
    each.collect::<Vec<_>>().join(" ")
}
