//! Which models a configuration has, and what their names are.

use llm_core::{ModelRef, ModelRole, ProviderId};
use llm_manager::config::Config;

use super::{load, refused};

const TEXT: &str = "
llm:
  default_provider: openrouter
  default_model: sage
  model_roles:
    primary: [acme/swift-8b, 'x/y:free']
    duplicate: ['local:tiny', sage]
    fallback: [acme/swift-8b, tiny-llama:1b, 'any:z/w:free']
  parallel: { evaluator_model: 'any:judge' }
providers:
  openrouter:
    api_key: ${KEY}
    models:
      zeta: ['x/y:free', acme/swift-8b]
      alpha:
      - { name: acme/sage-70b, aliases: [sage], max_tokens: 7 }
      - acme/spare
  local:
    kind: ollama
    models: [tiny, tiny-llama:1b]
  any:
    kind: ollama
";

fn chain(config: &Config) -> Vec<(String, Option<ModelRole>)> {
    config.models().iter().map(|model| (model.model.to_string(), model.role)).collect()
}

#[test]
fn the_chain_has_every_model_once_in_the_order_of_roles_then_of_the_lists() {
    use ModelRole::{Duplicate, Fallback, Primary};
    let expected = [
        ("openrouter:acme/swift-8b", Some(Primary)),
        ("openrouter:x/y:free", Some(Primary)),
        ("local:tiny", Some(Duplicate)),
        ("openrouter:acme/sage-70b", Some(Duplicate)),
        ("local:tiny-llama:1b", Some(Fallback)),
        ("any:z/w:free", Some(Fallback)),
        ("any:judge", None),
        ("openrouter:acme/spare", None),
    ];
    let expected = expected.map(|(name, role)| (name.to_owned(), role));
    assert_eq!(chain(&load(TEXT)), expected);
}

#[test]
fn a_model_keeps_what_its_list_says() {
    let config = load(TEXT);
    let sage = config.models().iter().find(|model| model.model.model == "acme/sage-70b");
    assert_eq!(sage.expect("listed").settings.max_tokens, Some(7));
    assert_eq!(config.default_model(), Some(&ModelRef::new("openrouter", "acme/sage-70b")));
    assert_eq!(config.evaluator_model(), Some(&ModelRef::new("any", "judge")));
    assert_eq!(config.default_provider().map(ProviderId::as_str), Some("openrouter"));
}

#[test]
fn names_lead_to_models() {
    let config = load(TEXT);
    let check = |name: &str, expected: &str| {
        assert_eq!(config.resolve(name).expect(name).to_string(), expected);
    };
    check("sage", "openrouter:acme/sage-70b");
    check("x/y:free", "openrouter:x/y:free");
    check("openrouter:x/y:free", "openrouter:x/y:free");
    check("openrouter:sage", "openrouter:acme/sage-70b");
    check("tiny-llama:1b", "local:tiny-llama:1b");
    check("local:tiny-llama:1b", "local:tiny-llama:1b");
    check("any:whatever:1b", "any:whatever:1b");
}

#[test]
fn a_name_that_leads_nowhere_says_what_may_be_meant() {
    let config = load(TEXT);
    let message = |name: &str| config.resolve(name).expect_err(name).to_string();
    insta::assert_snapshot!(message("acme/swfit-8b"), @"no provider serves `acme/swfit-8b`; did you mean `acme/swift-8b`?");
    insta::assert_snapshot!(message("openruter:acme/swift-8b"), @"no provider serves `openruter:acme/swift-8b`; did you mean `openrouter`?");
    insta::assert_snapshot!(message("nothing-like-it"), @"no provider serves `nothing-like-it`");
    insta::assert_snapshot!(message("openrouter:"), @"no provider serves `openrouter:`");
}

#[test]
fn a_provider_without_a_list_serves_any_model_and_one_with_a_list_no_other() {
    let text = |models: &str| {
        format!(
            "llm: {{model_roles: {{primary: [b]}}}}\nproviders: {{openrouter: {{api_key: '${{KEY}}', models: {models}}}}}\n"
        )
    };
    for empty in ["", "[]", "{}", "{group: }", "~"] {
        assert_eq!(load(&text(empty)).models().len(), 1, "{empty}");
    }
    assert_eq!(super::codes(&refused(&text("[a]")).diagnostics), ["unknown_model"]);
}

#[test]
fn a_model_that_two_providers_list_is_taken_from_the_default_then_from_one_that_is_on() {
    let text = |settings: &str| {
        format!(
            "llm: {{{settings}model_roles: {{primary: [m]}}}}\nproviders:\n  \
             off: {{kind: ollama, enabled: false, models: [m]}}\n  \
             one: {{kind: ollama, models: [m]}}\n  two: {{kind: ollama, models: [m]}}\n"
        )
    };
    assert_eq!(load(&text("")).resolve("m").expect("m").provider, "one");
    assert_eq!(load(&text("default_provider: two, ")).resolve("m").expect("m").provider, "two");
    assert_eq!(load(&text("")).resolve("off:m").expect("m").provider, "off");
}

#[test]
fn providers_have_their_kind_and_their_order() {
    let config = load(
        "llm: {model_roles: {primary: [m]}}\nproviders:\n  zeta: {kind: ollama}\n  ollama:\n  \
         google_disabled: {api_key: '${NO}'}\n  theirs: {kind: acme_cloud}\n",
    );
    let providers: Vec<(String, String, bool)> = config
        .providers()
        .map(|(id, provider)| (id.to_string(), provider.kind.clone(), provider.enabled))
        .collect();
    let expected = [
        ("zeta", "ollama", true),
        ("ollama", "ollama", true),
        ("google_disabled", "google_disabled", false),
        ("theirs", "acme_cloud", true),
    ];
    let expected = expected.map(|(id, kind, on)| (id.to_owned(), kind.to_owned(), on));
    assert_eq!(providers, expected);
    assert_eq!(super::codes(config.diagnostics()), ["deprecated_key"]);
}

#[test]
fn h05_a_model_stands_once_in_the_chain_and_a_name_nobody_knows_is_refused() {
    let text = |roles: &str| {
        format!(
            "llm: {{model_roles: {{{roles}}}}}\nproviders: {{openrouter: {{api_key: '${{KEY}}', \
             models: [{{name: a, aliases: [also_a]}}, b]}}}}\n"
        )
    };
    // The chain leads from role to role: a cycle cannot be written down.
    let again = load(&text("primary: [a], duplicate: [also_a, b], fallback: [b, a]"));
    let names: Vec<_> = chain(&again).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["openrouter:a", "openrouter:b"]);
    let problems = |roles: &str| refused(&text(roles)).diagnostics;
    assert_eq!(super::codes(&problems("primary: [a], fallback: [c]")), ["unknown_model"]);
    assert_eq!(super::codes(&problems("primary: [a, also_a]")), ["duplicate_model"]);
}
