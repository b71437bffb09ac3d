//! Readers that leave, and readers that read along.

use std::{io::Read, process::ChildStdout};

use llm_testkit::simulator::{ModelScript, Reply};

use crate::support::{Home, Upstream, lasting};

#[test]
fn a_reader_that_left_is_no_failure() {
    let home = Home::new();
    for arguments in [
        &["ask", "--sandbox", "hi"][..],
        &["ask", "--sandbox", "--stream", "hi"],
        &["ask", "--sandbox", "--json", "hi"],
        &["config", "schema"],
    ] {
        let mut program = lasting(home.start(arguments));
        drop(program.child().stdout.take());
        program.wait().ends(0);
    }
    let mut program = lasting(home.start(&["ask", "--sandbox", "-vvv", "hi"]));
    drop(program.child().stderr.take());
    assert!(program.wait().ends(0).stdout.contains("simulated answer"));
}

#[test]
fn a_stream_whose_reader_left_stops_the_call() {
    let upstream = Upstream::new([ModelScript::new("a/first")
        .with_answer("word ".repeat(10_000))
        .with_pace(std::time::Duration::from_millis(20))]);
    let home = upstream.home("  model_roles: { primary: [a/first] }\n");
    let mut program = lasting(home.start(&["ask", "--stream", "hi"]));
    let mut stdout = program.child().stdout.take().unwrap();
    read_some(&mut stdout);
    drop(stdout);
    program.wait().ends(0);
    upstream.wait_for_departure();
}

#[test]
fn a_stream_is_printed_as_it_arrives() {
    let upstream = Upstream::new([ModelScript::new("a/first")
        .with_answer("one two three four five six")
        .with_reply(Reply::stall_after(3))]);
    let home = upstream.home("  model_roles: { primary: [a/first] }\n");
    let mut program = lasting(home.start(&["ask", "--stream", "hi"]));
    let mut stdout = program.child().stdout.take().unwrap();
    assert!(read_some(&mut stdout).starts_with("one"));
    assert!(program.child().try_wait().unwrap().is_none(), "it ended before the stream did");
}

fn read_some(stdout: &mut ChildStdout) -> String {
    let mut bytes = [0; 64];
    let read = stdout.read(&mut bytes).unwrap();
    String::from_utf8_lossy(&bytes[..read]).into_owned()
}

#[test]
fn a_pipe_gets_the_answer_as_it_is_and_json_is_harmless() {
    let upstream =
        Upstream::new([ModelScript::new("a/first").with_answer("a\u{1b}[2Jb\u{9b}c\u{202e}")]);
    let home = upstream.home("  model_roles: { primary: [a/first] }\n");
    assert_eq!(home.run(&["ask", "hi"]).ends(0).stdout, "a\u{1b}[2Jb\u{9b}c\u{202e}\n");
    let json = home.run(&["ask", "--json", "hi"]).ends(0);
    assert!(json.stdout.contains(r"a\u001b[2Jb\u009bc\u202e"), "{}", json.stdout);
    assert_eq!(json.json()["content"], "a\u{1b}[2Jb\u{9b}c\u{202e}");
}
