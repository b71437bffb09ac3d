//! Configurations that are wrong, and what a person sees of it.

use crate::support::{Home, Ran, SEED, SHIPPED, shipped};

const MISSPELLED: &str = "llm:
  retry_attempts: 1
  stratgy: best_of_two
  model_roles:
    primary: [acme/swift-8b]
    reserve:
    - acme/swift-8
providers:
  openrouter:
    api_key: ${OPENROUTER_API_KEY}
    models:
    - acme/swift-8b
";

fn check(yaml: &str, arguments: &[&str]) -> Ran {
    Home::with_settings(yaml).run(arguments)
}

#[test]
fn the_problems_are_drawn_where_they_are() {
    let ran = check(MISSPELLED, &["ask", "hi"]).ends(3).prints_nothing();
    insta::assert_snapshot!(ran.stderr, @r"
      x 3 problems in config/llm_settings.yaml

    Error: llm::config::unknown_key

      x unknown key `stratgy` in `llm`
       ,-[config/llm_settings.yaml:3:3]
     2 |   retry_attempts: 1
     3 |   stratgy: best_of_two
       :   ^^^|^^^
       :      `-- not a key of `llm`
     4 |   model_roles:
       `----
      help: did you mean `strategy`?

    Error: llm::config::unknown_model

      x `llm.model_roles.reserve[0]` names `acme/swift-8`, a model that no provider serves
        ,-[config/llm_settings.yaml:7:7]
      6 |     reserve:
      7 |     - acme/swift-8
        :       ^^^^^^|^^^^^
        :             `-- not served by any provider
      8 | providers:
      9 |   openrouter:
     10 |     api_key: ${OPENROUTER_API_KEY}
     11 |     models:
        :     ^^^|^^
        :        `-- models are listed here
     12 |     - acme/swift-8b
        `----
      help: did you mean `acme/swift-8b`? or add it under `providers.openrouter.models`

    Warning: llm::config::env_unset

      ! `providers.openrouter.api_key`: OPENROUTER_API_KEY is not set; the provider's models are left
      | out
        ,-[config/llm_settings.yaml:10:14]
      9 |   openrouter:
     10 |     api_key: ${OPENROUTER_API_KEY}
        :              ^^^^^^^^^^|^^^^^^^^^^
        :                        `-- not set
     11 |     models:
        `----
      help: set OPENROUTER_API_KEY in the environment or in `.env`
    ");
}

#[test]
fn a_terminal_that_knows_unicode_gets_unicode() {
    let home = Home::with_settings(MISSPELLED).set("LANG", "C.UTF-8");
    let ran = home.run(&["ask", "hi"]).ends(3).says(&["╭─[", "did you mean"]);
    assert!(!ran.stderr.contains('\u{1b}'));
    let colours = home.set("CLICOLOR_FORCE", "1").run(&["ask", "hi"]).ends(3);
    assert!(colours.stderr.contains('\u{1b}'));
}

#[test]
fn what_is_no_yaml_is_shown_too() {
    let ran = check("llm: [unclosed\n", &["test-models"]).ends(3).prints_nothing();
    assert!(ran.stderr.contains("llm::config::syntax"), "{}", ran.stderr);
    check("", &["ask", "hi"]).ends(3);
    Home::new().run(&["ask", "--config", "nowhere.yaml", "hi"]).ends(3).says(&["nowhere.yaml"]);
    Home::new().run(&["ask", "hi"]).ends(3).says(&["llm_settings.yaml", "--sandbox"]);
}

#[test]
fn a_variable_with_a_wrong_value_is_named() {
    let home = Home::with_settings(SEED).set("LLM__LLM__RETRY_ATTEMPTS", "many");
    home.run(&["ask", "hi"]).ends(3).says(&["LLM__LLM__RETRY_ATTEMPTS", "llm.retry_attempts"]);
    let home = Home::with_settings(SEED).set("LLM_LOG", "a=b=c");
    home.run(&["ask", "hi"]).ends(3).says(&["LLM_LOG"]);
}

#[test]
fn check_prints_a_line_a_problem_and_a_summary() {
    let ran = check(MISSPELLED, &["config", "check"]).ends(3);
    insta::assert_snapshot!(ran.stdout, @r"
    config/llm_settings.yaml: 2 errors, 1 warning
    config/llm_settings.yaml:3:3: error[llm::config::unknown_key]: unknown key `stratgy` in `llm`; did you mean `strategy`?
    config/llm_settings.yaml:7:7: error[llm::config::unknown_model]: `llm.model_roles.reserve[0]` names `acme/swift-8`, a model that no provider serves; did you mean `acme/swift-8b`? or add it under `providers.openrouter.models`
    config/llm_settings.yaml:10:14: warning[llm::config::env_unset]: `providers.openrouter.api_key`: OPENROUTER_API_KEY is not set; the provider's models are left out; set OPENROUTER_API_KEY in the environment or in `.env`
    ");
    let json = check(MISSPELLED, &["config", "check", "--json"]).ends(3).json();
    assert_eq!(json["errors"], 2);
    assert_eq!(json["problems"][0]["code"], "llm::config::unknown_key");
    assert_eq!(json["problems"][0]["line"], 3);
    assert_eq!(json["problems"][0]["column"], 3);
}

#[test]
fn the_block_of_the_seed_passes_as_it_is() {
    let home = Home::with_settings(SEED).set("OPENROUTER_API_KEY", "sk-test-000");
    let ran = home.run(&["config", "check"]).ends(0);
    insta::assert_snapshot!(ran.stdout, @"config/llm_settings.yaml: 0 errors, 0 warnings, 1 provider, 8 models, 4 roles");
    let keyless = check(SEED, &["config", "check"]).ends(0);
    assert!(keyless.stdout.contains("OPENROUTER_API_KEY is not set"), "{}", keyless.stdout);
}

#[test]
fn the_shipped_settings_pass() {
    let home = Home::new();
    for file in SHIPPED {
        home.run(&["config", "check", "--config", &shipped(file)]).ends(0);
    }
}

#[test]
fn show_prints_values_with_their_origin_and_no_secret() {
    let home = Home::with_settings(SEED)
        .set("OPENROUTER_API_KEY", "sk-test-000")
        .set("LLM__LLM__STRATEGY", "single");
    let shown = home.run(&["config", "show"]).ends(0).stdout;
    for line in ["llm.timeout", "llm.strategy", "providers.openrouter.api_key", "llm.use_fastest"] {
        assert!(shown.contains(line), "no {line} in:\n{shown}");
    }
    assert!(
        shown.contains("env LLM__LLM__STRATEGY") && shown.contains("config/llm_settings.yaml:4")
    );
    assert!(!shown.contains("sk-test"), "{shown}");
    let json = home.run(&["config", "show", "--json"]).ends(0).json();
    assert_eq!(json["llm.strategy"]["value"], "single");
    assert_eq!(json["llm.use_fastest"]["origin"], "default");
}

#[test]
fn the_schema_is_a_schema() {
    let schema = Home::new().run(&["config", "schema"]).ends(0).json();
    assert_eq!(schema["title"], "LLM manager settings");
    assert!(schema["properties"]["llm"].is_object());
}

#[test]
fn the_file_is_found_above_and_by_variable() {
    let home = Home::with_settings(
        "llm: { model_roles: { primary: [a/b] } }\nproviders: { openrouter: { api_key: x } }\n",
    );
    home.write("other.yaml", SEED);
    let seed = home.set("LLM_CONFIG", "other.yaml");
    assert!(seed.run(&["config", "check"]).ends(0).stdout.starts_with("other.yaml: 0 errors"));
}
