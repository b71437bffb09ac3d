//! Nothing to call: exit 4, what to do about it, and no connection.

use std::{io::ErrorKind, net::TcpListener};

use crate::support::Home;

/// A home without a key, and the listener it would call.
fn keyless() -> (Home, TcpListener) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let settings = format!(
        "llm: {{ model_roles: {{ primary: [acme/swift-8b] }} }}\nproviders:\n  openrouter:\n    \
         base_url: http://{}/api/v1\n    api_key: ${{OPENROUTER_API_KEY}}\n",
        listener.local_addr().unwrap()
    );
    (Home::with_settings(&settings), listener)
}

#[track_caller]
fn assert_untouched(listener: &TcpListener) {
    assert_eq!(listener.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
}

#[test]
fn test_models_without_a_key_says_which_and_where_to_get_it() {
    let (home, listener) = keyless();
    let ran = home.run(&["test-models"]).ends(4).prints_nothing();
    let shown = ran.stderr.replace(env!("CARGO_BIN_EXE_llm-manager"), "llm-manager");
    // How wide the columns are depends on where the program is.
    let words: Vec<String> =
        shown.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    insta::assert_snapshot!(words.join("\n"), @r"
    No API key found, so no hosted model was called. Nothing was spent.

    provider key variable state
    openrouter OPENROUTER_API_KEY not set get one: https://openrouter.ai/keys

    Try one of these:
    llm-manager test-models --sandbox the same against simulated models, free
    export OPENROUTER_API_KEY=... then run this command again
    ");
    let json = home.run(&["test-models", "--format", "json"]).ends(4);
    assert_eq!(json.json()["totals"]["skipped"], 1);
    assert_untouched(&listener);
}

#[test]
fn a_batch_without_a_key_ends_as_a_single_request_does() {
    let (home, listener) = keyless();
    let lines = "{\"prompt\": \"one\"}\n{\"prompt\": \"two\"}\n";
    let ran = home.run_with(&["ask", "--batch"], lines).ends(4).says(&["OPENROUTER_API_KEY"]);
    assert_eq!(ran.stdout.lines().count(), 2, "every line has its result all the same");
    home.run_with(&["ask", "--batch"], "{\"prompt\": \"one\"}\nno JSON\n").ends(100);
    assert_untouched(&listener);
}

#[test]
fn ask_without_a_key_says_which_and_where_to_get_it() {
    let (home, listener) = keyless();
    let named = ["OPENROUTER_API_KEY", "https://openrouter.ai/keys", "ask --sandbox"];
    home.run(&["ask", "hi"]).ends(4).prints_nothing().says(&named);
    home.run(&["ask", "--stream", "hi"]).ends(4).prints_nothing().says(&named);
    let json = home.run(&["ask", "--json", "hi"]).ends(4).says(&named).json();
    assert_eq!(json["success"], false);
    assert_eq!(json["error"]["kind"], "no_usable_model");
    assert_eq!(json["excluded"][0]["model"], "acme/swift-8b");
    assert_eq!(json["excluded"][0]["reason"], "missing_key: set OPENROUTER_API_KEY");
    let discovered = home.run(&["models", "discover"]).ends(4).says(&named[..2]);
    assert!(!discovered.stderr.contains("--sandbox"), "it has no such option");
    assert_untouched(&listener);
}

#[test]
fn a_key_in_the_env_file_is_a_key_but_never_wins_over_a_set_variable() {
    let (home, _listener) = keyless();
    home.write(".env", "OPENROUTER_API_KEY=sk-test-000\nLLM__LLM__TIMEOUT=7\n");
    let state = |home: &Home| home.run(&["models", "list", "--json"]).ends(0).json()[0].clone();
    assert_eq!(state(&home)["usable"], true);
    let timeout = |home: &Home| home.run(&["config", "show", "--json"]).ends(0).json();
    assert_eq!(timeout(&home)["llm.timeout"]["value"], "7");
    let home = home.set("LLM__LLM__TIMEOUT", "9");
    assert_eq!(timeout(&home)["llm.timeout"]["value"], "9");
    assert_eq!(timeout(&home)["llm.timeout"]["origin"], "env LLM__LLM__TIMEOUT");
}

#[test]
fn a_broken_env_file_is_named_and_its_content_is_not() {
    let home = Home::new();
    home.write(".env", "KEY=sk-test-000 sk-test-111 'x\n");
    let ran = home.run(&["config", "schema"]).ends(3).prints_nothing().says(&[".env"]);
    assert!(!ran.stderr.contains("sk-test"), "{}", ran.stderr);
}

#[cfg(unix)]
#[test]
fn what_it_says_to_type_is_what_was_typed() {
    use std::{os::unix::process::CommandExt, process::Command};

    let (home, listener) = keyless();
    let mut command = Command::new(env!("CARGO_BIN_EXE_llm-manager"));
    command.arg0("cargo xtask").arg("test-models").env_clear().current_dir(home.path());
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(4));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("\n  cargo xtask test-models --sandbox "), "{said}");
    assert_untouched(&listener);
}
