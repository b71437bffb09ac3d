//! `ask --batch`: lines in, lines out.

use llm_testkit::simulator::{ModelScript, Reply};
use serde_json::Value;

use crate::support::Upstream;

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
    let results: Vec<Value> =
        ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
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
