//! A server that is not ours: `cargo xtask test` starts it.

use std::path::Path;

use serde_json::json;

use crate::support::Home;

/// A home with the settings of that server in `file`, after these changes to them; `None` when it
/// does not run.
pub(crate) fn home_with(file: &str, changes: &[(&str, &str)]) -> Option<Home> {
    #[expect(clippy::disallowed_methods, reason = "the task that runs the tests says it this way")]
    let Ok(address) = std::env::var("LLM_AIMOCK_URL") else {
        eprintln!("skipped: LLM_AIMOCK_URL is not set; `cargo xtask test` starts the server");
        return None;
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/aimock");
    let mut settings = std::fs::read_to_string(folder.join(file)).unwrap();
    for (from, to) in changes {
        assert!(settings.contains(from), "{from}");
        settings = settings.replace(from, to);
    }
    let home = Home::with_settings(&settings).set("LLM_AIMOCK_URL", address);
    Some(home.set("OPENROUTER_API_KEY", "sk-test-000"))
}

fn home() -> Option<Home> {
    home_with("llm_settings.yaml", &[])
}

#[test]
fn it_is_asked_whole_streamed_and_in_parallel() {
    let Some(home) = home() else { return };
    let whole = home.run(&["ask", "--json", "What is Rust?"]).ends(0).json();
    assert_eq!(whole["model_name"], "acme/swift-8b");
    let streamed = home.run(&["ask", "--stream", "--no-fastest", "What is Rust?"]).ends(0);
    assert_eq!(streamed.stdout.trim_end(), whole["content"].as_str().unwrap().trim_end());
    let fallback = ["ask", "--json", "--model", "boreal/owl-down", "What is Rust?"];
    let fallback = home.run(&fallback).ends(0).json();
    assert_eq!(fallback["attempts"][0]["status"], 503);
    assert_eq!(fallback["success"], true);
    let judged = home.run(&["ask", "--json", "--parallel", "What is Rust?"]).ends(0).json();
    assert_eq!(judged["strategy"], "best_of_two");
    let home = home.set("LLM__PROVIDERS__OPENROUTER__UPSTREAM_STREAM", "off");
    let unstreamed = home.run(&["ask", "--json", "--no-fastest", "What is Rust?"]).ends(0).json();
    assert_eq!(unstreamed["content"], whole["content"]);
}

#[test]
fn its_models_are_tested() {
    let Some(home) = home() else { return };
    let test = ["test-models", "--format", "json", "--repeats", "1", "--progress", "none"];
    let report = home.run(&test).ends(0).json();
    let find = |model: &str| {
        let models = report["models"].as_array().unwrap();
        models.iter().find(|one| one["model"] == model).unwrap()
    };
    for healthy in ["acme/swift-8b", "acme/sage-70b", "boreal/owl-slow"] {
        let model = find(healthy);
        assert_eq!(model["status"], "ok", "{model}");
        assert_eq!(model["checks"], json!({ "json": "yes", "stream": "yes", "tools": "yes" }));
    }
    assert_eq!(find("boreal/owl-down")["status"], "failed");
    assert_eq!(find("boreal/owl-limited")["status"], "failed");
}
