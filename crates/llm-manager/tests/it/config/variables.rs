//! `${VARIABLE}` in a file.

use llm_manager::config::{Config, Seconds};

use super::{KEY, LEAST, codes, environment, load};

fn with<const N: usize>(text: &str, pairs: [(&str, &str); N]) -> Config {
    let builder = Config::builder().text("settings.yaml", text).environment(environment(pairs));
    builder.load().unwrap_or_else(|error| panic!("{error}"))
}

fn prompt<const N: usize>(written: &str, pairs: [(&str, &str); N]) -> String {
    let text = format!("{LEAST}test_runner: {{prompt: {written}}}\n");
    with(&text, pairs).settings().test_runner.prompt.clone().unwrap_or_default()
}

#[test]
fn m01_a_variable_that_is_not_set_is_named_with_its_path_and_nothing_else_is() {
    let text = "llm: {timeout: '${MISSING}', retry_attempts: '${OTHER}', \
                model_roles: {primary: [a]}}\nproviders: {openrouter: }\n";
    let builder = Config::builder().text("settings.yaml", text);
    let error = builder.environment(environment([("OTHER", "2")])).load().expect_err("is refused");
    let lines: Vec<String> = error.to_string().lines().map(ToOwned::to_owned).collect();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains("llm.timeout") && lines[0].contains("MISSING"), "{lines:?}");
    assert!(!lines[0].contains("OTHER"), "{lines:?}");
}

#[test]
fn m01_a_key_that_is_not_set_leaves_its_models_out_and_is_no_error() {
    let config = with(LEAST, []);
    assert_eq!(codes(config.diagnostics()), ["env_unset"]);
    let provider = &config.settings().providers["openrouter"];
    assert_eq!(provider.missing_key.as_deref(), Some("KEY"));
    assert!(provider.api_key.is_none());
}

#[test]
fn m01_without_a_key_in_the_file_the_variable_of_the_kind_is_taken() {
    let text = LEAST.replace("api_key: '${KEY}'", "");
    let set = with(&text, [("OPENROUTER_API_KEY", KEY)]);
    assert!(set.settings().providers["openrouter"].api_key.is_some());
    let unset = with(&text, []);
    let missing = unset.settings().providers["openrouter"].missing_key.clone();
    assert_eq!(missing.as_deref(), Some("OPENROUTER_API_KEY"));
    assert_eq!(codes(unset.diagnostics()), ["env_unset"]);
}

#[test]
fn m02_defaults_and_dollars_are_expanded() {
    let check = |written: &str, expected: &str| {
        assert_eq!(prompt(written, [("A", "set"), ("EMPTY", "")]), expected, "{written}");
    };
    check("'${A}'", "set");
    check("'a${A}b${A}c'", "asetbsetc");
    check("'${A:-x}'", "set");
    check("'${B:-x}'", "x");
    check("'${B:-}'", "");
    check("'${EMPTY:-x}'", "x");
    check("'${A:?message}'", "set");
    check("'$${A}'", "${A}");
    check("'$A costs $5 $'", "$A costs $5 $");
    check("'${B:-a:-b}'", "a:-b");
}

#[test]
fn m03_a_value_is_one_scalar_whatever_is_in_it() {
    for value in ["a\nb: c", "\"quoted\" 'twice'", "x: {y: [z", "${B}", "$$", "# no comment", "- a"]
    {
        assert_eq!(prompt("'${A}'", [("A", value), ("B", "never")]), value);
    }
}

#[test]
fn m03_only_files_are_expanded() {
    let pairs = [("KEY", KEY), ("B", "never"), ("LLM__TEST_RUNNER__PROMPT", "${B}")];
    let builder = Config::builder().text("settings.yaml", LEAST).environment(environment(pairs));
    let config = builder.set("report.dir", "${B}").load().expect("loads");
    assert_eq!(config.settings().test_runner.prompt.as_deref(), Some("${B}"));
    assert_eq!(config.settings().report.dir.to_str(), Some("${B}"));
}

#[test]
fn m03_the_value_takes_the_type_of_its_place() {
    let text = LEAST.replace("llm: {", "llm: {timeout: '${T}', use_fastest: '${F}', ");
    let config = with(&text, [("T", "1500ms"), ("F", "false")]);
    let llm = &config.settings().llm;
    assert_eq!(llm.timeout.0.as_millis(), 1500);
    assert!(!llm.use_fastest);
}

#[test]
fn a_variable_that_another_layer_makes_needless_is_not_needed() {
    let text = LEAST.replace("llm: {", "llm: {timeout: '${T}', ");
    let builder = Config::builder().text("settings.yaml", text).environment(environment([]));
    let config = builder.set("llm.timeout", 5).load().expect("loads");
    assert_eq!(config.settings().llm.timeout, Seconds::new(5));
}

#[test]
fn a_provider_that_is_off_needs_no_variable() {
    let off = "off: {enabled: false, api_key: '${NO}', base_url: '${NO}'}";
    let config = load(&LEAST.replace("providers: {", &format!("providers: {{{off}, ")));
    assert_eq!(codes(config.diagnostics()), Vec::<&str>::new());
}

#[test]
fn a_key_that_asks_for_a_variable_is_one_problem() {
    let yaml = "
llm: { model_roles: { primary: [a/b] } }
providers: { openrouter: { api_key: '${NOPE:?ask the owner}', models: [a/b] } }
";
    let loaded = Config::builder().text("a.yaml", yaml).environment(environment([])).load();
    let problems = loaded.unwrap_err().diagnostics;
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].to_string().contains("ask the owner"), "{}", problems[0]);
}
