//! What YAML may do here, and what it may not.

use llm_manager::config::{Config, Environment};

use super::{LEAST, builder, codes, load, refused};

#[test]
fn m04_deep_nesting_is_refused() {
    for part in ["[", "{a: ", "- ", "a: ", "{api_key: "] {
        assert_eq!(codes(&refused(&part.repeat(20_000)).diagnostics), ["syntax"], "{part}");
    }
}

#[test]
fn m04_a_long_file_is_refused() {
    let text = format!("{LEAST}# {}\n", "x".repeat(5 * 1024 * 1024));
    let error = refused(&text);
    assert_eq!(codes(&error.diagnostics), ["out_of_range"]);
    assert!(error.to_string().contains("longer than 1 MiB"), "{error}");
}

#[test]
fn m05_model_names_stay_text() {
    let config = load(
        "llm: {model_roles: {primary: [no, 012, 1e3, 1_000, 0x10, true, .inf, 3.10]}}\n\
         providers: {openrouter: {api_key: '${KEY}', models: [no, 012, 1e3, 1_000, 0x10, true, .inf, 3.10]}}\n",
    );
    let names: Vec<&str> = config.models().iter().map(|model| model.model.model.as_str()).collect();
    assert_eq!(names, ["no", "012", "1e3", "1_000", "0x10", "true", ".inf", "3.10"]);
}

#[test]
fn m05_quoted_numbers_and_words_mean_the_same() {
    let config = load(&LEAST.replace("llm: {", "llm: {timeout: \"200\", retry_attempts: '2', "));
    assert_eq!(config.settings().llm.timeout.0.as_secs(), 200);
    assert_eq!(config.settings().llm.retry_attempts, 2);
}

#[test]
fn m12_a_byte_order_mark_is_no_part_of_the_text() {
    let config = load(&format!("\u{feff}{LEAST}"));
    assert_eq!(
        config.origin_of("llm.model_roles").map(ToString::to_string).as_deref(),
        Some("settings.yaml:1")
    );
    let error = refused(&format!("\u{feff}lml: 1\n{LEAST}"));
    let place = error.diagnostics[0].position().expect("a place");
    assert_eq!((place.line, place.column), (1, 1));
}

#[test]
fn m12_a_text_that_says_nothing_is_refused_with_the_way_out() {
    for text in ["", "\n\n", "# only a comment\n", "~", "---\n...\n", "\u{feff}"] {
        let error = refused(text);
        assert!(error.to_string().contains("the file has no settings"), "{text:?}: {error}");
        assert!(error.to_string().contains("`providers:`"), "{text:?}: {error}");
    }
}

#[test]
fn windows_line_ends_change_nothing() {
    let config = load(&LEAST.replace('\n', "\r\n"));
    assert_eq!(config.models().len(), 1);
}

#[test]
fn anchors_and_merge_keys_work() {
    let text = "llm: {model_roles: {primary: [a, b]}}\nproviders:\n  openrouter:\n    api_key: ${KEY}\n    models:\n    - &base { name: a, max_tokens: 5 }\n    - { <<: *base, name: b }\n";
    let config = load(text);
    assert_eq!(config.models()[1].settings.max_tokens, Some(5));
    assert_eq!(config.models()[1].model.model, "b");
}

#[test]
fn free_form_fields_keep_their_types() {
    let text = "llm: {model_roles: {primary: [a]}}\nproviders:\n  openrouter:\n    api_key: ${KEY}\n    models:\n    - { name: a, extra_body: { n: 1, f: 0.5, b: true, s: '1', l: [1, null], m: { k: v } } }\n";
    let config = load(text);
    let expected =
        serde_json::json!({"n": 1, "f": 0.5, "b": true, "s": "1", "l": [1, null], "m": {"k": "v"}});
    assert_eq!(serde_json::Value::Object(config.models()[0].settings.extra_body.clone()), expected);
}

#[test]
fn a_tag_does_no_harm() {
    for text in
        ["!!python/object:os.system {a: b}", "llm: !include /etc/passwd", "llm: !!binary aGk="]
    {
        assert!(builder(text).load().is_err(), "{text}");
    }
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,120}") {
        let _ = builder(&text).load();
    }

    #[test]
    fn no_yaml_makes_it_panic(text in "(llm|providers|openrouter|models|api_key|[ \\-:\\[\\]{},&*a'\"|>~!#%@`<\\n\\t\\r]){0,60}") {
        let _ = builder(&text).load();
    }

    #[test]
    fn no_variable_makes_it_panic(value in "\\PC{0,40}", name in "[A-Z_]{0,30}") {
        let set = Environment::from_iter([(format!("LLM__{name}"), value.clone()), ("KEY".to_owned(), value)]);
        let _ = Config::builder().text("settings.yaml", LEAST).environment(set).load();
    }
}
