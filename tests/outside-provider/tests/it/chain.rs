//! The program, from its settings to an answer.

use std::process::Stdio;

use llm_testkit::sockets::ClosedPort;
use tokio::process::Command;

use crate::server::{KEY, Server, TEXT};

#[tokio::test]
async fn the_provider_answers_after_a_built_in_one_failed() {
    let server = Server::start().await;
    let nobody = ClosedPort::take().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_ask-quill"))
        .env("OPENROUTER_URL", format!("http://{}/api/v1", nobody.address()))
        .env("OPENROUTER_API_KEY", KEY)
        .env("QUILL_URL", server.base_url())
        .env("QUILL_KEY", KEY)
        .stderr(Stdio::inherit())
        .kill_on_drop(true)
        .output()
        .await
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    print!("{printed}");
    let lines: Vec<&str> = printed.lines().collect();
    let [first, second, answer] = lines[..] else { panic!("three lines, not {lines:?}") };
    assert!(first.starts_with("openrouter:acme/swift-8b "), "{first}");
    assert!(first.contains("ConnectRefused"), "{first}");
    assert!(second.starts_with("quill:quill-small "), "{second}");
    assert_eq!(answer, TEXT);
}

#[tokio::test]
async fn without_its_key_it_is_left_out_and_the_error_names_the_variable() {
    let nobody = ClosedPort::take().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_ask-quill"))
        .env("OPENROUTER_URL", format!("http://{}/api/v1", nobody.address()))
        .env("OPENROUTER_API_KEY", KEY)
        .env("QUILL_URL", "http://127.0.0.1:9")
        .env_remove("QUILL_KEY")
        .kill_on_drop(true)
        .output()
        .await
        .unwrap();
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    assert!(complaint.contains("QUILL_KEY"), "{complaint}");
}
