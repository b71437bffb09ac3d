//! Files: the shipped ones load, and what is no file is told apart.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use llm_core::ModelRole;
use llm_manager::config::{Code, Config, StrategyName};
use serde_json::Value as Json;

use super::{KEY, LEAST, codes, environment};

fn top() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn load(path: &Path) -> Config {
    let keys = ["OPENROUTER_API_KEY", "OPENAI_API_KEY", "ANTHROPIC_API_KEY"];
    let set = environment(keys.map(|name| (name, KEY)));
    Config::builder().path(path).environment(set).load().unwrap_or_else(|error| panic!("{error}"))
}

const EXAMPLES: [&str; 4] = ["minimal", "best_of_two", "full", "every_provider"];

#[test]
fn the_first_version_of_the_file_loads_as_it_is() {
    let config = load(&top().join("crates/llm-manager/tests/it/fixtures/config/valid/seed.yaml"));
    assert_eq!(codes(config.diagnostics()), Vec::<&str>::new());
    let llm = &config.settings().llm;
    assert_eq!(llm.timeout.0.as_secs(), 200);
    assert_eq!(llm.retry_attempts, 1);
    assert_eq!(llm.strategy, StrategyName::BestOfTwo);
    let names: Vec<(&str, Option<ModelRole>)> =
        config.models().iter().map(|model| (model.model.model.as_str(), model.role)).collect();
    let expected = [
        ("meta-llama/llama-3.2-1b-instruct", ModelRole::Primary),
        ("microsoft/phi-3-mini-128k-instruct", ModelRole::Primary),
        ("meta-llama/llama-3.2-3b-instruct", ModelRole::Duplicate),
        ("microsoft/wizardlm-2-8x22b", ModelRole::Duplicate),
        ("google/gemma-2-27b-it", ModelRole::Reserve),
        ("mistralai/mistral-small-24b-instruct-2501", ModelRole::Reserve),
        ("kwaipilot/kat-coder-pro:free", ModelRole::Fallback),
        ("undi95/remm-slerp-l2-13b", ModelRole::Fallback),
    ];
    assert_eq!(names, expected.map(|(name, role)| (name, Some(role))));
    assert!(config.models().iter().all(|model| model.model.provider == "openrouter"));
}

#[test]
fn the_shipped_file_means_what_the_first_version_means() {
    let ours = load(&top().join("config/llm_settings.yaml"));
    let first = load(&top().join("crates/llm-manager/tests/it/fixtures/config/valid/seed.yaml"));
    assert_eq!(codes(ours.diagnostics()), Vec::<&str>::new());
    assert_eq!(ours.settings().llm, first.settings().llm);
    assert_eq!(ours.models(), first.models());
}

#[test]
fn the_examples_load_without_a_warning() {
    for name in EXAMPLES {
        let config = load(&top().join(format!("config/examples/{name}.yaml")));
        let said: Vec<String> = config.diagnostics().iter().map(ToString::to_string).collect();
        assert_eq!(said, Vec::<String>::new(), "{name}");
        assert!(!config.models().is_empty(), "{name}");
    }
}

#[test]
fn every_shipped_file_names_its_schema() {
    let examples = EXAMPLES.map(|name| format!("config/examples/{name}.yaml"));
    for name in examples.into_iter().chain(["config/llm_settings.yaml".to_owned()]) {
        let file = top().join(&name);
        let text = fs::read_to_string(&file).expect("file");
        let named = text
            .lines()
            .next()
            .and_then(|line| line.strip_prefix("# yaml-language-server: $schema="));
        let schema = file.parent().expect("folder").join(named.expect(&name));
        assert!(schema.is_file(), "{name}: {}", schema.display());
    }
}

#[test]
fn the_full_example_has_every_setting() {
    let config = load(&top().join("config/examples/full.yaml"));
    let schema: Json = serde_json::from_str(&llm_manager::config::schema_text()).expect("json");
    let mut settings = BTreeSet::new();
    collect(&schema, &mut settings);
    let shown: BTreeSet<String> = config
        .show()
        .iter()
        .filter(|row| row.origin.is_set())
        .flat_map(|row| row.path.split(['.', '[']).map(ToOwned::to_owned).collect::<Vec<_>>())
        .collect();
    let missing: Vec<&String> = settings.difference(&shown).collect();
    assert_eq!(missing, Vec::<&String>::new());
}

/// The names of all settings of this version.
fn collect(schema: &Json, names: &mut BTreeSet<String>) {
    let Json::Object(map) = schema else {
        return schema.as_array().into_iter().flatten().for_each(|item| collect(item, names));
    };
    for (name, value) in map.get("properties").and_then(Json::as_object).into_iter().flatten() {
        if value.get("x-later").is_none() && value.get("deprecated").is_none() {
            names.insert(name.clone());
        }
    }
    map.values().for_each(|value| collect(value, names));
}

#[test]
fn m12_what_cannot_be_read_says_why_and_where() {
    let folder = tempfile::tempdir().expect("folder");
    let check = |name: &str, code: Code, words: &str| {
        let path = folder.path().join(name);
        let builder = Config::builder().path(&path).environment(environment([]));
        let error = builder.load().expect_err(name);
        assert_eq!(error.diagnostics.len(), 1, "{error}");
        assert_eq!(error.diagnostics[0].code, code, "{error}");
        let text = error.to_string();
        assert!(text.contains(words) && text.contains(name), "{text}");
        assert!(error.diagnostics[0].help.is_some(), "{text}");
    };
    check("none.yaml", Code::NotFound, "does not exist");
    fs::create_dir(folder.path().join("folder.yaml")).expect("folder");
    check("folder.yaml", Code::Unreadable, "it is a folder");
    fs::write(folder.path().join("latin1.yaml"), b"llm: {x-note: caf\xe9}\n").expect("file");
    check("latin1.yaml", Code::Syntax, "not UTF-8 from byte 17 on");
    fs::write(folder.path().join("empty.yaml"), "").expect("file");
    check("empty.yaml", Code::MissingRequired, "has no settings");
    fs::write(folder.path().join("long.yaml"), "#".repeat(1024 * 1024 + 1)).expect("file");
    check("long.yaml", Code::OutOfRange, "longer than 1 MiB");
}

#[test]
fn an_empty_local_file_changes_nothing_and_a_broken_one_is_named() {
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("settings.yaml");
    fs::write(&file, LEAST).expect("file");
    let local = folder.path().join("settings.local.yaml");
    fs::write(&local, "# nothing yet\n").expect("file");
    load(&file);
    fs::write(&local, "llm: {stratgy: single}\n").expect("file");
    let error =
        Config::builder().path(&file).environment(environment([])).load().expect_err("local");
    assert!(error.to_string().contains("settings.local.yaml:1:7"), "{error}");
}

#[test]
fn the_file_is_found_upward_as_far_as_the_repository() {
    let top = tempfile::tempdir().expect("folder");
    let repository = top.path().join("repository");
    let below = repository.join("a/b");
    fs::create_dir_all(&below).expect("folders");
    fs::create_dir_all(top.path().join("config")).expect("folders");
    fs::write(top.path().join("config/llm_settings.yaml"), LEAST).expect("file");

    let find = |folder: &Path| Config::find(&environment([]), folder);
    assert_eq!(find(&below), Some(top.path().join("config/llm_settings.yaml")));
    fs::create_dir(repository.join(".git")).expect("folder");
    assert_eq!(find(&below), None, "the search ends at the repository");
    fs::create_dir(repository.join("config")).expect("folder");
    fs::write(repository.join("config/llm_settings.yaml"), LEAST).expect("file");
    assert_eq!(find(&below), Some(repository.join("config/llm_settings.yaml")));
    let named = environment([("LLM_CONFIG", "elsewhere.yaml")]);
    assert_eq!(Config::find(&named, &below), Some(PathBuf::from("elsewhere.yaml")));
}
