//! M07 and M08: no output holds a secret.

use llm_manager::config::{Config, Diagnostic, SourceFile};
use proptest::prelude::*;

use super::{KEY, LEAST, builder, environment, load};

/// All that a configuration, or what is wrong with one, can be made to print.
fn printed(text: &str, secret: &str) -> String {
    let set = environment([("SECRET", secret), ("LLM__PROVIDERS__OTHER__API_KEY", secret)]);
    let builder = Config::builder()
        .text("settings.yaml", text)
        .environment(set)
        .set("providers.third.api_key", secret)
        .set("providers.third.kind", "ollama");
    let mut out = vec![format!("{builder:?}")];
    let said = |problem: &Diagnostic| {
        format!("{problem} {problem:?} {:?}", problem.source().map(SourceFile::text))
    };
    match builder.load() {
        Ok(config) => {
            out.extend(config.diagnostics().iter().map(said));
            out.push(format!("{config:?} {config:#?} {:?}", config.settings()));
            out.push(format!("{:?} {:?}", config.show(), config.models()));
            out.push(serde_json::to_string(config.settings()).expect("json"));
            out.push(serde_json::to_string(&config.show()).expect("json"));
        }
        Err(error) => {
            out.extend(error.diagnostics.iter().map(said));
            out.push(format!("{error} {error:?}"));
        }
    }
    out.concat()
}

const PLACES: [&str; 6] = [
    "openrouter: {api_key: 'SECRET'}",
    "openrouter: {api_key: '${SECRET}'}",
    "openrouter: {api_key: a, headers: {X-Key: 'SECRET', authorization: '${SECRET}'}}",
    "openrouter: {api_key: a, models: [{name: acme/swift-8b, extra_body: {user: '${SECRET}'}}]}",
    "openrouter:\n    api_key: >-\n      SECRET\n    kind: openrouter",
    "openrouter: {api_key: &k 'SECRET', headers: {x: *k}}",
];

fn document(place: &str, secret: &str, mistake: &str) -> String {
    let place = place
        .replace("'SECRET'", &format!("'{secret}'"))
        .replace("\n      SECRET", &format!("\n      {secret}"));
    format!(
        "llm: {{{mistake}model_roles: {{primary: [acme/swift-8b]}}}}\nproviders:\n  {place}\n  other: {{kind: ollama}}\n"
    )
}

#[test]
fn m07_no_output_holds_a_secret() {
    for place in PLACES {
        for mistake in ["", "stratgy: 1, ", "timeout: [, "] {
            let out = printed(&document(place, KEY, mistake), KEY);
            assert!(!out.contains(KEY), "{place} {mistake}: {out}");
        }
    }
}

#[test]
fn m07_a_secret_is_shown_by_its_last_four_letters_or_not_at_all() {
    let shown = |key: &str| {
        let config = builder(LEAST).set("providers.openrouter.api_key", key).load().expect("loads");
        let row = config.show().into_iter().find(|row| row.path == "providers.openrouter.api_key");
        row.expect("a row").value
    };
    assert_eq!(shown(KEY), "set (…a1b2)");
    assert_eq!(shown("sk-test-000"), "***");
    let config = Config::builder().text("settings.yaml", LEAST).environment(environment([]));
    let rows = config.load().expect("loads").show();
    let row = rows.iter().find(|row| row.path == "providers.openrouter.api_key").expect("a row");
    assert_eq!(row.value, "not set (KEY)");
}

#[test]
fn what_is_shown_has_every_value_with_its_origin() {
    let text = "llm: {timeout: 30, model_roles: {primary: [a, b]}}\nproviders:\n  ollama:\n    models: [{name: a, max_tokens: 5}, b]\n";
    let rows: Vec<String> = load(text)
        .show()
        .iter()
        .filter(|row| row.origin.is_set())
        .map(|row| format!("{} = {} ({})", row.path, row.value, row.origin))
        .collect();
    insta::assert_snapshot!(rows.join("\n"), @r#"
    llm.model_roles.primary = ["a","b"] (settings.yaml:1)
    llm.timeout = 30 (settings.yaml:1)
    providers.ollama.models[0].name = "a" (settings.yaml:4)
    providers.ollama.models[0].max_tokens = 5 (settings.yaml:4)
    providers.ollama.models[1] = "b" (settings.yaml:4)
    "#);
}

#[test]
#[cfg(unix)]
fn m08_a_key_in_a_file_that_everyone_can_read_is_warned_of() {
    use std::{fs, os::unix::fs::PermissionsExt};

    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("settings.yaml");
    fs::write(&file, LEAST.replace("'${KEY}'", "sk-test-000")).expect("file");
    let warnings = |mode: u32| {
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).expect("mode");
        let builder = Config::builder().path(&file).environment(environment([]));
        let config = builder.load().expect("loads");
        config.diagnostics().iter().map(|problem| problem.message.clone()).collect::<Vec<_>>()
    };
    assert_eq!(warnings(0o600), ["`providers.openrouter.api_key` holds a key written out"]);
    assert_eq!(warnings(0o640).len(), 1);
    let open = warnings(0o644);
    assert_eq!(open.len(), 2);
    assert!(open[1].starts_with("every user of this machine can read the key"), "{open:?}");
}

proptest! {
    #[test]
    fn m07_no_secret_of_any_form_survives(
        secret in "[A-Za-z0-9]{20,40}",
        place in 0..PLACES.len(),
        mistake in prop::sample::select(vec!["", "stratgy: 1, ", "timeout: [, "]),
    ) {
        let out = printed(&document(PLACES[place], &secret, mistake), &secret);
        prop_assert!(!out.contains(&secret), "{out}");
    }

    #[test]
    fn what_is_hidden_keeps_its_length_and_every_line(
        secret in "[ -&(-~А-я]{1,40}",
        place in 0..PLACES.len(),
    ) {
        let text = document(PLACES[place], &secret, "lost: 1, ");
        if let Err(error) = builder(&text).load() {
            for problem in &error.diagnostics {
                if let Some(file) = problem.source().filter(|file| !file.text().is_empty()) {
                    prop_assert_eq!(file.text().len(), text.len());
                    let ends = |text: &str| text.match_indices('\n').map(|(at, _)| at).collect::<Vec<_>>();
                    prop_assert_eq!(ends(file.text()), ends(&text));
                    for label in &problem.labels {
                        prop_assert!(file.text().get(label.span.start..label.span.end()).is_some());
                    }
                }
            }
        }
    }
}
