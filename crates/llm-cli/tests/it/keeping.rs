//! What one run learns, the next one knows.

use std::time::Duration;

use llm_testkit::simulator::{Latency, ModelScript};

use crate::support::Upstream;

const PRIMARIES: &str = "  model_roles: { primary: [a/slow, b/fast] }\n";

fn upstream() -> Upstream {
    let latency = |time| Latency::Fixed(Duration::from_millis(time));
    Upstream::new([
        ModelScript::new("a/slow").with_answer("slow").with_latency(latency(400)),
        ModelScript::new("b/fast").with_answer("fast").with_latency(latency(1)),
    ])
}

#[test]
fn the_second_process_asks_the_model_the_first_found_fastest() {
    let upstream = upstream();
    let home = upstream.home(PRIMARIES);
    let none = home.run(&["models", "fastest"]).ends(0).prints_nothing();
    assert!(none.stderr.contains("no model has been measured"));
    home.run(&["models", "working", "--json"]).ends(0).says(&["no model is known to work"]);
    home.run(&["test-models", "--profile", "smoke", "--progress", "none"]).ends(0);
    let fastest = home.run(&["models", "fastest", "--json"]).ends(0).json();
    assert_eq!(fastest[0]["model"], "b/fast");
    assert_eq!(fastest[1]["model"], "a/slow");
    assert!(fastest[0]["last_response_time"].as_f64().unwrap() < 0.4);
    let working = home.run(&["models", "working"]).ends(0).stdout;
    assert!(working.contains("openrouter:a/slow") && working.contains("openrouter:b/fast"));
    assert_eq!(home.run(&["ask", "hi"]).ends(0).stdout, "fast\n");
    assert_eq!(home.run(&["ask", "--no-fastest", "hi"]).ends(0).stdout, "slow\n");
}

#[test]
fn a_state_folder_that_cannot_be_written_is_a_warning_and_the_answer_comes() {
    let upstream = upstream();
    let home = upstream.home(PRIMARIES).set("LLM__STATE_DIR", "a-file/state");
    home.write("a-file", "not a folder");
    let ran = home.run(&["ask", "hi"]).ends(0).says(&["WARN", "state_dir"]);
    assert_eq!(ran.stdout.lines().count(), 1);
}
