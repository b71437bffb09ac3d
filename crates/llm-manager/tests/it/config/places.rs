//! Where things are written.

use llm_core::ModelRef;
use llm_manager::config::Diagnostic;

use super::load;

#[test]
fn a_model_is_placed_where_it_is_listed_else_where_a_role_names_it() {
    let config = load(
        "llm:\n  model_roles:\n    primary:\n    - acme/swift-8b\n    - 'any:some/model'\nproviders:\n  \
         openrouter:\n    api_key: ${KEY}\n    models:\n      acme:\n      - name: acme/swift-8b\n        \
         max_tokens: 5\n  any: {kind: ollama}\n",
    );
    let place =
        |provider: &str, model: &str| config.place_of_model(&ModelRef::new(provider, model));
    assert_eq!(place("openrouter", "acme/swift-8b").as_deref(), Some("settings.yaml:11"));
    assert_eq!(place("any", "some/model").as_deref(), Some("settings.yaml:5"));
    assert_eq!(place("any", "another"), None);
    assert_eq!(place("nobody", "another"), None);
}

#[test]
fn columns_count_characters() {
    let error = super::refused(
        "x-note: 'Роли моделей'\nllm: { ключ: 1, model_roles: {primary: [a]}}\nproviders: {ollama: }\n",
    );
    let place = error.diagnostics[0].position().expect("a place");
    assert_eq!((place.line, place.column), (2, 8));
    let error = super::refused(
        "llm: { x-note: ключ, lost: 1, model_roles: {primary: [a]}}\nproviders: {ollama: }\n",
    );
    let place = error.diagnostics[0].position().expect("a place");
    assert_eq!((place.line, place.column), (1, 22));
}

#[test]
fn problems_come_in_the_order_of_the_file() {
    let error = super::refused(
        "providers: {openrouter: {base_url: 'http://a.example.com/v1', nope: 1}}\nllm: {timeout: 0, model_roles: {primary: ['ollama:x']}}\n",
    );
    let places: Vec<_> = error.diagnostics.iter().filter_map(Diagnostic::span).collect();
    assert_eq!(places.len(), error.diagnostics.len());
    assert!(places.is_sorted(), "{places:?}");
    assert_eq!(
        super::codes(&error.diagnostics),
        ["env_unset", "insecure_url", "unknown_key", "out_of_range", "unknown_provider"]
    );
}

#[test]
fn a_problem_is_one_line_whatever_the_file_quotes() {
    let error = super::refused(
        "\"l\\nm\": 1\nllm: {strategy: \"sin\\r\\ngle\\x1b[2J\", model_roles: {primary: [a]}}\n\
         providers: {ollama: }\ntest_runner:\n  profile: |\n    smoke\n",
    );
    assert_eq!(error.diagnostics.len(), 3);
    for problem in error.diagnostics {
        let line = problem.to_string();
        assert!(!line.contains(char::is_control), "{line:?}");
    }
}
