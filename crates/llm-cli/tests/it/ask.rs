//! `ask` in every mode, against the sandbox.

use llm_testkit::simulator::{Dialect, ModelScript};

use crate::support::{Home, SEED, SHIPPED, Upstream, redacted, shipped};

#[test]
fn the_answer_is_all_that_is_printed() {
    let home = Home::new();
    let ran = home.run(&["ask", "--sandbox", "hi"]).ends(0).says(&["SANDBOX", "model_not_found"]);
    assert_eq!(
        ran.stdout,
        "A simulated answer of acme/swift-8b. Nobody was asked, nothing was sent or spent.\n"
    );
    let streamed = home.run(&["ask", "--sandbox", "--stream", "hi"]).ends(0);
    assert_eq!(streamed.stdout, ran.stdout);
    let piped = home.run_with(&["ask", "--sandbox", "-"], "hi\n").ends(0);
    assert_eq!(piped.stdout, ran.stdout);
    assert_eq!(home.find("statistics.json"), [""; 0].map(std::path::PathBuf::from));
}

#[test]
fn json_is_one_object_with_the_whole_story() {
    let home = Home::new();
    let whole = home.run(&["ask", "--sandbox", "--json", "hi"]).ends(0).json();
    assert!(whole["response_time"].as_f64().unwrap() > 0.0);
    insta::assert_json_snapshot!(redacted(whole.clone()), @r#"
    {
      "attempts": [
        {
          "billed": "no",
          "elapsed_ms": "[number]",
          "model": "boreal/owl-retired",
          "outcome": "model_not_found",
          "provider": "openrouter",
          "role": "primary",
          "started_ms": "[number]",
          "status": 404
        },
        {
          "billed": "yes",
          "elapsed_ms": "[number]",
          "model": "acme/swift-8b",
          "outcome": "ok",
          "provider": "openrouter",
          "role": "primary",
          "started_ms": "[number]",
          "status": null
        }
      ],
      "content": "A simulated answer of acme/swift-8b. Nobody was asked, nothing was sent or spent.",
      "cost_usd": "[number]",
      "error": null,
      "excluded": [
        {
          "model": "delta/heron-9b",
          "reason": "missing_key: set ELSEWHERE_API_KEY"
        }
      ],
      "finish_reason": "stop",
      "judge": null,
      "model_name": "acme/swift-8b",
      "partial": false,
      "provider": "openrouter",
      "response_time": "[number]",
      "sandbox": true,
      "strategy": "single",
      "success": true,
      "ttft": null,
      "usage": {
        "cache_write_tokens": null,
        "cached_input_tokens": 0,
        "input_tokens": 4,
        "output_tokens": 14,
        "reasoning_tokens": 0,
        "total_tokens": 18
      }
    }
    "#);
    let mut streamed = home.run(&["ask", "--sandbox", "--json", "--stream", "hi"]).ends(0).json();
    assert!(streamed["ttft"].as_f64().unwrap() > 0.0);
    streamed["ttft"] = serde_json::Value::Null;
    assert_eq!(redacted(streamed), redacted(whole));
}

#[test]
fn two_models_are_asked_and_the_judge_decides() {
    let home = Home::new();
    let ran = home.run(&["ask", "--sandbox", "--parallel", "--json", "hi"]).ends(0).json();
    assert_eq!(ran["strategy"], "best_of_two");
    assert_eq!(ran["model_name"], "acme/sage-70b");
    let judge = &ran["judge"];
    assert_eq!(judge["status"], "decided");
    assert_eq!(judge["judge"], "cirrus/lynx-judge");
    assert_eq!(judge["winner"], "acme/sage-70b");
    assert_eq!(judge["loser"], "acme/swift-8b");
    assert!(judge["verdict"]["score"].is_number());
    assert!(!judge["attempts"].as_array().unwrap().is_empty());
    let named = home.run(&["ask", "--sandbox", "--strategy", "best_of_two", "hi"]).ends(0);
    assert!(named.stdout.starts_with("A simulated answer of acme/sage-70b."));
}

#[test]
fn a_named_model_answers_first_and_alone_if_so_said() {
    let home = Home::new();
    let model = |arguments: &[&str]| {
        let arguments: Vec<&str> =
            ["ask", "--sandbox", "--json"].iter().chain(arguments).copied().collect();
        home.run(&arguments).json()
    };
    assert_eq!(model(&["--model", "sage", "hi"])["model_name"], "acme/sage-70b");
    assert_eq!(
        model(&["--model", "openrouter:boreal/owl-large", "hi"])["attempts"][0]["role"],
        "reserve"
    );
    let alone =
        ["ask", "--sandbox", "--json", "--model", "boreal/owl-retired", "--no-fallback", "hi"];
    let alone = home.run(&alone).ends(100).says(&["boreal/owl-retired"]).json();
    assert_eq!(alone["attempts"].as_array().unwrap().len(), 1);
    assert_eq!(alone["error"]["kind"], "model_not_found");
    assert_eq!(alone["error"]["label"], "ModelUnavailable");
    assert_eq!(alone["error"]["retryable"], false);
    let keyless =
        ["ask", "--sandbox", "--model", "elsewhere:delta/heron-9b", "--no-fallback", "hi"];
    home.run(&keyless).ends(4).prints_nothing().says(&["ELSEWHERE_API_KEY"]);
}

#[test]
fn without_a_strategy_one_model_is_asked() {
    let upstream = Upstream::new([ModelScript::new("a/first"), ModelScript::new("b/second")]);
    let json = upstream.home("").run(&["ask", "--json", "hi"]).ends(0).json();
    assert_eq!(json["strategy"], "single");
    assert_eq!(upstream.called().len(), 1);
}

#[test]
fn the_strategies_order_the_models() {
    let home = Home::new();
    let first = |arguments: &[&str]| {
        let arguments: Vec<&str> =
            ["ask", "--sandbox", "--json", "hi"].iter().chain(arguments).copied().collect();
        home.run(&arguments).ends(0).json()
    };
    assert_eq!(first(&["--strategy", "fallback"])["strategy"], "fallback");
    let configured = first(&["--no-fastest"]);
    assert_eq!(configured["strategy"], "single");
    assert_eq!(configured["attempts"][0]["model"], "boreal/owl-retired");
}

#[test]
fn the_sandbox_serves_the_models_of_a_file_too() {
    let home = Home::new().set("NO_SUCH_HOST_KEY", "sk-test-000");
    home.write(
        "own.yaml",
        "llm: { model_roles: { primary: [own/model-1b], reserve: [\"other:own/model-2b\"] } }\n\
         providers:\n  openrouter: { api_key: \"${OPENROUTER_API_KEY}\" }\n  \
         other: { kind: openrouter, base_url: \"https://llm.invalid/v1\", api_key: \"${NO_SUCH_HOST_KEY}\" }\n\
         state_dir: own-state\n",
    );
    let ask = |model: &str| {
        let ask = ["ask", "--sandbox", "--config", "own.yaml", "--json", "--model", model, "hi"];
        home.run(&ask).ends(0).json()
    };
    assert_eq!(
        ask("own/model-1b")["content"].as_str().unwrap().split('.').next().unwrap(),
        "A simulated answer of own/model-1b"
    );
    assert_eq!(ask("other:own/model-2b")["provider"], "other");
    assert_eq!(ask("own/model-1b")["sandbox"], true);
    assert!(!home.path().join("own-state").exists());
}

#[test]
fn every_shipped_file_answers_a_question() {
    let upstream = Upstream::new(
        [
            "acme/swift-8b",
            "acme/sage-70b",
            "boreal/owl-large",
            "cirrus/lynx",
            "meta-llama/llama-3.2-1b-instruct",
            "meta-llama/llama-3.2-3b-instruct",
            "microsoft/phi-3-mini-128k-instruct",
            "mistralai/mistral-small-24b-instruct-2501",
        ]
        .map(ModelScript::new),
    );
    let home = Home::with_settings(SEED)
        .set("OPENROUTER_API_KEY", "sk-test-000")
        .set("LLM__PROVIDERS__OPENROUTER__BASE_URL", upstream.base_url());
    let asked = |more: &[&str]| {
        let arguments: Vec<&str> = ["ask", "--json", "hi"].iter().chain(more).copied().collect();
        let ran = home.run(&arguments).ends(0).json();
        assert_eq!(ran["attempts"][0]["outcome"], "ok", "{more:?}: {ran}");
        (ran["strategy"].as_str().unwrap().to_owned(), ran["judge"].is_object())
    };
    let judged = ("best_of_two".to_owned(), true);
    let alone = ("single".to_owned(), false);
    assert_eq!(asked(&[]), judged, "the seed's own");
    let strategies = SHIPPED.map(|file| asked(&["--config", &shipped(file)]));
    assert_eq!(strategies, [judged.clone(), alone.clone(), judged, alone]);
}

#[test]
fn every_kind_of_provider_is_asked_for_a_stream_where_one_is_wanted() {
    for (kind, dialect, whole) in [
        ("openrouter", Dialect::OpenRouter, true),
        ("openai", Dialect::OpenAi, true),
        ("openai_compatible", Dialect::OpenAi, false),
        ("anthropic", Dialect::Anthropic, true),
        ("ollama", Dialect::Ollama, true),
    ] {
        for (setting, expected) in
            [("auto", [true, whole]), ("on", [true, true]), ("off", [false, false])]
        {
            let upstream = Upstream::speaking(dialect, [ModelScript::new("m").with_answer("hi")]);
            let home = Home::with_settings(&format!(
                "llm: {{ model_roles: {{ primary: [m] }} }}\nproviders: {{ lab: {{ kind: {kind}, \
                 api_key: sk-test-000, base_url: '{}', upstream_stream: {setting} }} }}\n",
                upstream.base_url()
            ));
            for way in [&["ask", "--stream", "Hi"][..], &["ask", "Hi"]] {
                assert_eq!(home.run(way).ends(0).stdout, "hi\n", "{kind} {setting}");
            }
            assert_eq!(upstream.streamed(), expected, "{kind} {setting}");
        }
    }
}
