//! The schema file for editors.

use std::{fs, path::Path};

use llm_manager::config::schema_text;
use serde_json::Value as Json;
use serde_saphyr::NonFiniteFloatPolicy;

/// `schema/llm_settings.schema.json` is what the settings' types say. `LLM_ACCEPT=1` writes it.
#[test]
fn the_schema_file_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schema/llm_settings.schema.json");
    let text = schema_text();
    if std::env::var_os("LLM_ACCEPT").is_some() {
        fs::write(&path, &text).expect("the schema is written");
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == text,
        "schema/llm_settings.schema.json is old; LLM_ACCEPT=1 cargo test writes it"
    );
}

#[test]
fn the_schema_allows_notes_variables_and_nothing_else() {
    let schema: Json = serde_json::from_str(&schema_text()).expect("json");
    assert_eq!(schema["additionalProperties"], Json::Bool(false));
    assert!(schema["patternProperties"].get("^(_|x-)").is_some());
    assert_eq!(schema["$defs"]["LlmSettings"]["additionalProperties"], Json::Bool(false));
    let timeout = &schema["$defs"]["LlmSettings"]["properties"]["timeout"];
    assert_eq!(timeout["anyOf"][1]["pattern"], r"^\$\{");
    assert!(timeout["description"].as_str().is_some_and(|text| text.starts_with("Deadline")));
}

/// What an editor would mark in a file.
fn marked(file: &str) -> Vec<String> {
    let schema: Json = serde_json::from_str(&schema_text()).expect("json");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let text = fs::read_to_string(path).expect("file");
    // As YAML 1.2 has it, which editors follow: `on` is a word. JSON has no `.nan`.
    let options = serde_saphyr::options! {
        strict_booleans: true,
        non_finite_float_policy: NonFiniteFloatPolicy::AsString,
    };
    let json: Json = serde_saphyr::from_str_with_options(&text, options).expect("yaml");
    validator.iter_errors(&json).map(|error| error.instance_path().to_string()).collect()
}

#[test]
fn an_editor_that_knows_the_schema_marks_no_good_file() {
    for file in [
        "../../config/llm_settings.yaml",
        "../../config/examples/minimal.yaml",
        "../../config/examples/best_of_two.yaml",
        "../../config/examples/full.yaml",
        "../../config/examples/every_provider.yaml",
        "tests/it/fixtures/config/valid/seed.yaml",
        // Nothing but the names in it is wrong, or nothing at all.
        "tests/it/fixtures/config/unknown_model.yaml",
        "tests/it/fixtures/config/not_available.yaml",
        "tests/it/fixtures/config/deprecated_key.yaml",
    ] {
        assert_eq!(marked(file), Vec::<String>::new(), "{file}");
    }
}

#[test]
fn an_editor_that_knows_the_schema_marks_mistakes_of_form() {
    for name in ["unknown_key", "wrong_type", "out_of_range", "unknown_enum", "missing_required"] {
        assert!(!marked(&format!("tests/it/fixtures/config/{name}.yaml")).is_empty(), "{name}");
    }
}
