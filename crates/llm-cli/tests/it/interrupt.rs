//! Ctrl-C: 130, nothing half, and a report of what has happened.

use llm_testkit::simulator::{ModelScript, Reply};
use serde_json::Value;

use crate::support::{Upstream, lasting};

fn hanging() -> Upstream {
    Upstream::new([
        ModelScript::new("a/first").with_reply(Reply::hang()),
        ModelScript::new("b/second").with_answer("second"),
    ])
}

#[test]
fn an_ask_prints_nothing_half_and_drops_its_call() {
    for arguments in [&["ask", "--json", "hi"][..], &["ask", "--stream", "--json", "hi"]] {
        let upstream = hanging();
        let home = upstream.home("");
        let mut program = lasting(home.start(arguments));
        upstream.wait_for_calls(1);
        program.interrupt();
        program.wait().ends(130).prints_nothing();
        upstream.wait_for_departure();
    }
}

#[test]
fn a_batch_that_waits_for_its_input_ends_at_once() {
    let upstream = hanging();
    let home = upstream.home("");
    let mut program = lasting(home.start(&["ask", "--batch"]));
    std::io::Write::write_all(program.child().stdin.as_mut().unwrap(), b"{\"prompt\": \"hi\"}\n")
        .unwrap();
    upstream.wait_for_calls(1);
    program.interrupt();
    program.wait().ends(130).prints_nothing();
}

#[test]
fn a_test_run_writes_what_it_has_and_says_that_it_is_partial() {
    let upstream = hanging();
    let home = upstream.home("");
    let test = ["test-models", "--export", "json=partial.json", "--progress", "plain"];
    let mut program = lasting(home.start(&test));
    upstream.wait_for_calls(2);
    program.interrupt();
    program.wait().ends(130);
    let written = std::fs::read_to_string(home.path().join("partial.json")).unwrap();
    let report: Value = serde_json::from_str(&written).unwrap();
    assert_eq!(report["partial"], true);
    assert_eq!(report["models"].as_array().unwrap().len(), 2);
    assert_eq!(home.find("report.json").len(), 1);
}
