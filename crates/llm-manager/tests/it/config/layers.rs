//! Which layer wins, and that every value knows it.

use std::fs;

use llm_manager::config::{Config, Seconds, StrategyName};

use super::{KEY, LEAST, builder, codes, environment};

#[test]
fn a_later_layer_wins_and_the_value_says_so() {
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("settings.yaml");
    let main = format!("{LEAST}report: {{dir: a}}\ntest_runner: {{repeats: 2, concurrency: 2}}\n");
    fs::write(&file, main).expect("file");
    let local = "test_runner: {repeats: 3, concurrency: 3}\n";
    fs::write(folder.path().join("settings.local.yaml"), local).expect("file");
    let config = Config::builder()
        .path(&file)
        .environment(environment([("KEY", KEY), ("LLM__TEST_RUNNER__CONCURRENCY", "4")]))
        .set("llm.timeout", "30s")
        .load()
        .expect("loads");

    let settings = config.settings();
    assert_eq!(settings.report.dir.to_str(), Some("a"));
    assert_eq!(settings.test_runner.repeats, Some(3));
    assert_eq!(settings.test_runner.concurrency, 4);
    assert_eq!(settings.llm.timeout, Seconds::new(30));
    assert_eq!(settings.llm.retry_attempts, 1);

    let origin = |path: &str| {
        let origin = config.origin_of(path).expect("a value").to_string();
        origin.rsplit('/').next().unwrap_or_default().to_owned()
    };
    assert_eq!(origin("report.dir"), "settings.yaml:3");
    assert_eq!(origin("test_runner.repeats"), "settings.local.yaml:1");
    assert_eq!(origin("test_runner.concurrency"), "env LLM__TEST_RUNNER__CONCURRENCY");
    assert_eq!(origin("llm.timeout"), "override");
    assert_eq!(origin("llm.retry_attempts"), "default");
    assert_eq!(origin("llm.model_roles.primary[0]"), "settings.yaml:1");
    assert!(config.origin_of("llm.nothing").is_none());
}

#[test]
fn a_list_of_a_later_layer_replaces_the_list_and_a_map_is_added_to() {
    let config = builder(LEAST)
        .set("llm.model_roles", serde_json::json!({"primary": ["b"], "reserve": ["c"]}))
        .set("llm.model_roles.fallback", serde_json::json!(["d"]))
        .load()
        .expect("loads");
    let models: Vec<String> = config.models().iter().map(|model| model.model.to_string()).collect();
    assert_eq!(models, ["openrouter:b", "openrouter:c", "openrouter:d"]);
}

#[test]
fn a_variable_sets_any_kind_of_value() {
    let config = Config::builder()
        .text("settings.yaml", LEAST)
        .environment(environment([
            ("KEY", KEY),
            ("LLM__LLM__TIMEOUT", "3m"),
            ("LLM__LLM__RETRY_ATTEMPTS", "0"),
            ("LLM__LLM__USE_FASTEST", "FALSE"),
            ("LLM__LLM__STRATEGY", "fallback"),
            ("LLM__LLM__SEED", ""),
            ("LLM__LLM__MODEL_ROLES__PRIMARY", "acme/a, acme/b:free"),
            ("LLM__LLM__MODEL_ROLES__RESERVE", "['acme/c', \"acme/d\"]"),
            ("LLM__TEST_RUNNER__MIN_SUCCESS", "0.9"),
            ("LLM_UNRELATED", "x"),
        ]))
        .load()
        .expect("loads");
    let llm = &config.settings().llm;
    assert_eq!(llm.timeout, Seconds::new(180));
    assert_eq!(llm.retry_attempts, 0);
    assert!(!llm.use_fastest);
    assert_eq!(llm.strategy, StrategyName::Fallback);
    assert_eq!(llm.seed, None);
    assert_eq!(llm.model_roles.primary, ["acme/a", "acme/b:free"]);
    assert_eq!(llm.model_roles.reserve, ["acme/c", "acme/d"]);
    assert!((config.settings().test_runner.min_success - 0.9).abs() < 1e-9);
}

#[test]
fn a_wrong_variable_is_named_and_its_value_is_not() {
    let error = Config::builder()
        .text("settings.yaml", LEAST)
        .environment(environment([
            ("LLM__LLM__TIMEOUT", "sk-test-000"),
            ("LLM__LLM__STRATGY", "single"),
            ("LLM__LLM__MODEL_ROLES__PRIMARY__X__Y", "z"),
        ]))
        .load()
        .expect_err("is refused");
    insta::assert_snapshot!(error, @r"
    LLM__LLM__MODEL_ROLES__PRIMARY__X__Y (llm.model_roles.primary): error[llm::config::wrong_type]: `llm.model_roles.primary` is a map, not a list; write a list
    LLM__LLM__STRATGY (llm.stratgy): error[llm::config::unknown_key]: unknown key `stratgy` in `llm`; did you mean `strategy`?
    LLM__LLM__TIMEOUT (llm.timeout): error[llm::config::wrong_type]: `llm.timeout` is text, not a duration such as `30`, `30s`, `3m` or `250ms`; write a duration such as `30`, `30s`, `3m` or `250ms`
    ");
}

#[test]
fn a_value_set_in_code_is_checked_like_one_in_the_file() {
    let error =
        builder(LEAST).set("llm.timeout", -1).set("llm.retries", 3).load().expect_err("is refused");
    insta::assert_snapshot!(error, @r"
    override (llm.timeout): error[llm::config::out_of_range]: `llm.timeout` is out of range: -1; possible are 1 s to 3600 s
    override (llm.retries): error[llm::config::unknown_key]: unknown key `retries` in `llm`; remove it, or begin its name with `x-` to keep a note
    ");
}

#[test]
fn without_a_file_the_environment_and_code_are_enough() {
    let config = Config::builder()
        .environment(environment([("OPENROUTER_API_KEY", KEY)]))
        .set("providers.openrouter", serde_json::json!({}))
        .set("llm.model_roles.primary", serde_json::json!(["acme/swift-8b"]))
        .load()
        .expect("loads");
    assert_eq!(codes(config.diagnostics()), Vec::<&str>::new());
    assert_eq!(config.path(), None);
    assert_eq!(config.models().len(), 1);
}
