//! Every kind of provider in one configuration, all of them played by a server that is not ours.

use serde_json::{Value, json};

use crate::{support::Home, third_party::home_with};

/// A home with every key, whose settings had these changes.
fn home(changes: &[(&str, &str)]) -> Option<Home> {
    let home = without_openai_key(changes)?;
    Some(home.set("OPENAI_API_KEY", "sk-test-000"))
}

fn without_openai_key(changes: &[(&str, &str)]) -> Option<Home> {
    let home = home_with("four_providers.yaml", changes)?;
    Some(home.set("ANTHROPIC_API_KEY", "sk-test-000"))
}

/// Provider, outcome and status of each attempt.
fn story(answer: &Value) -> Vec<Value> {
    let attempts = answer["attempts"].as_array().unwrap();
    let told = |one: &Value| json!([one["provider"], one["outcome"], one["status"]]);
    attempts.iter().map(told).collect()
}

#[test]
fn the_models_of_every_provider_are_tested() {
    let Some(home) = home(&[]) else { return };
    let test = ["test-models", "--format", "json", "--repeats", "1", "--progress", "none"];
    let report = home.run(&test).ends(0).json();
    let mut seen: Vec<(&str, &str, &str)> = Vec::new();
    for model in report["models"].as_array().unwrap() {
        let field = |name: &str| model[name].as_str().unwrap();
        if field("status") == "ok" {
            let all = json!({ "json": "yes", "stream": "yes", "tools": "yes" });
            assert_eq!(model["checks"], all, "{model}");
        }
        seen.push((field("provider"), field("model"), field("status")));
    }
    seen.sort_unstable();
    let expected = [
        ("anthropic", "claude-haiku-4-5", "ok"),
        ("anthropic", "claude-opus-4-1", "failed"),
        ("gpu", "qwen3-8b", "ok"),
        ("ollama", "llama3.2:1b", "ok"),
        ("ollama", "llama3.2:3b", "failed"),
        ("openai", "gpt-4.1", "failed"),
        ("openai", "gpt-4o", "failed"),
        ("openai", "gpt-4o-mini", "ok"),
        ("openrouter", "acme/sage-70b", "ok"),
        ("openrouter", "boreal/owl-broken", "failed"),
    ];
    assert_eq!(seen, expected);
}

#[test]
fn a_question_walks_across_four_providers_as_the_first_three_fail() {
    for (first, kind, status) in
        [("gpt-4o", "overloaded", 503), ("gpt-4.1", "quota_exhausted", 429)]
    {
        let primary = format!("primary: [openai:{first}]");
        let default = format!("default_model: openai:{first}");
        let changes = [
            ("default_model: openai:gpt-4o-mini", default.as_str()),
            ("primary: [openai:gpt-4o-mini]", primary.as_str()),
            ("duplicate: [openrouter:acme/sage-70b]", "duplicate: [anthropic:claude-opus-4-1]"),
            (
                "reserve: [anthropic:claude-haiku-4-5, gpu:qwen3-8b]",
                "reserve: [openrouter:boreal/owl-broken]",
            ),
        ];
        let Some(home) = home(&changes) else { return };
        for way in [&["--json"][..], &["--json", "--stream"]] {
            let ask = [&["ask", "--strategy", "fallback"], way, &["What is Rust?"]].concat();
            let answer = home.run(&ask).ends(0).json();
            let expected = [
                json!(["openai", kind, status]),
                json!(["anthropic", "overloaded", 529]),
                json!(["openrouter", "bad_gateway", 502]),
                json!(["ollama", "ok", null]),
            ];
            assert_eq!(story(&answer), expected, "{way:?}");
            assert_eq!(answer["content"], "A short answer from a model of this machine.");
            assert_eq!(answer["model_name"], "llama3.2:1b");
        }
    }
}

#[test]
fn a_missing_key_takes_out_one_provider_and_leaves_the_others() {
    let Some(home) = without_openai_key(&[]) else { return };
    let answer = home.run(&["ask", "--json", "What is Rust?"]).ends(0).json();
    assert_eq!(answer["provider"], "openrouter");
    let left_out = json!([{ "model": "gpt-4o-mini", "reason": "missing_key: set OPENAI_API_KEY" }]);
    assert_eq!(answer["excluded"], left_out);
}

#[test]
fn a_streamed_answer_is_the_same_as_a_whole_one_from_each_provider() {
    let Some(home) = home(&[]) else { return };
    for model in [
        "openai:gpt-4o-mini",
        "openrouter:acme/sage-70b",
        "anthropic:claude-haiku-4-5",
        "gpu:qwen3-8b",
        "ollama:llama3.2:1b",
    ] {
        let named = ["--no-fallback", "--model", model, "What is Rust?"];
        let whole = home.run(&[&["ask"], &named[..]].concat()).ends(0).stdout;
        let streamed = home.run(&[&["ask", "--stream"], &named[..]].concat()).ends(0).stdout;
        assert!(whole.contains(" answer from "), "{model}: {whole}");
        assert_eq!(streamed.trim_end(), whole.trim_end(), "{model}");
    }
}

#[test]
fn two_providers_answer_at_once_and_a_third_judges() {
    let Some(home) = home(&[]) else { return };
    let judged = home.run(&["ask", "--json", "--parallel", "What is Rust?"]).ends(0).json();
    assert_eq!(judged["strategy"], "best_of_two");
    let mut asked = story(&judged);
    asked.sort_by_key(Value::to_string);
    assert_eq!(asked, [json!(["openai", "ok", null]), json!(["openrouter", "ok", null])]);
    assert_eq!(judged["judge"]["judge"], "claude-haiku-4-5");
    // It prefers whichever answer it reads first, so that both orders together decide nothing.
    assert_eq!(judged["judge"]["status"], "undecided");
    for attempt in judged["judge"]["attempts"].as_array().unwrap() {
        assert_eq!(attempt["provider"], "anthropic");
        assert_eq!(attempt["outcome"], "ok");
    }
}

#[test]
fn the_models_of_every_catalogue_are_discovered() {
    let Some(home) = home(&[]) else { return };
    let listed = home.run(&["models", "list"]).ends(0).stdout;
    let found = home.run(&["models", "discover", "--json"]).ends(0).json();
    for (provider, model) in [
        ("openrouter", "acme/sage-70b"),
        ("openai", "gpt-4o-mini"),
        ("anthropic", "claude-haiku-4-5"),
        ("ollama", "llama3.2:1b"),
        ("gpu", "qwen3-8b"),
    ] {
        assert!(listed.contains(&format!("{provider}:{model}")), "{listed}");
        let models = found[provider].as_array().unwrap();
        let model = models.iter().find(|one| one["id"] == model).unwrap();
        // Only one of its catalogues says more than names, and `/api/show` it does not have.
        let window = if provider == "openrouter" { json!(128_000) } else { json!(null) };
        assert_eq!(model["capabilities"]["context_window"], window, "{provider}");
    }
    let pasted = home.run(&["models", "discover", "--provider", "ollama"]).ends(0).stdout;
    assert!(pasted.contains("llama3.2:1b"), "{pasted}");
}
