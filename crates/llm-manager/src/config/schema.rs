//! The schema of the file, generated from the settings' types: one for the check, one for editors.

use std::sync::LazyLock;

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::settings::Settings;

/// Keys of later versions, by the type that will have them; the first is the top.
const LATER: [(&str, &[&str]); 6] = [
    ("", &["gateway", "budget"]),
    ("LlmSettings", &["budget"]),
    ("ProviderSettings", &["proxy", "max_concurrency", "rpm", "tpm", "timeout", "region"]),
    ("TestRunnerSettings", &["warmup", "max_cost", "max_requests", "checks"]),
    ("ReportSettings", &["lang", "keep_runs", "keep_bodies"]),
    ("TelemetrySettings", &["otlp_endpoint", "prometheus", "capture_content", "semconv"]),
];

/// Keys of earlier files that mean nothing any more, with what to do instead.
const EARLIER: [(&str, &str, &str); 2] = [
    ("LlmSettings", "cli_interface", "remove it: the command line needs no setting"),
    ("ParallelSettings", "enabled", "remove it: `llm.strategy: best_of_two` asks two models"),
];

/// The JSON schema of the configuration file, for editors.
pub fn schema_text() -> String {
    let mut schema = check_schema().clone();
    publish(&mut schema);
    if let Some(top) = schema.as_object_mut() {
        top.insert("title".into(), json!("LLM manager settings"));
    }
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}

/// The schema that the check reads.
pub(crate) fn check_schema() -> &'static Value {
    static SCHEMA: LazyLock<Value> = LazyLock::new(generate);
    &SCHEMA
}

fn generate() -> Value {
    let generator = SchemaSettings::draft2020_12().into_generator();
    let mut schema = generator.into_root_schema_for::<Settings>().to_value();
    for (name, keys) in LATER {
        for key in keys {
            let note = json!({ "description": "Not available in this version.", "x-later": true });
            add_property(&mut schema, name, key, note);
        }
    }
    for (name, key, instead) in EARLIER {
        let note = json!({ "deprecated": true, "description": instead });
        add_property(&mut schema, name, key, note);
    }
    schema
}

/// The keys a map may have, with their schemas.
pub(crate) fn properties(schema: &Value) -> Option<&Map<String, Value>> {
    schema.get("properties")?.as_object()
}

fn add_property(schema: &mut Value, name: &str, key: &str, property: Value) {
    let pointer = if name.is_empty() { String::new() } else { format!("/$defs/{name}") };
    let owner = schema.pointer_mut(&format!("{pointer}/properties"));
    if let Some(properties) = owner.and_then(Value::as_object_mut) {
        properties.insert(key.to_owned(), property);
    }
}

/// Makes a schema say what the check does beyond it: no unknown keys but `_…` and `x-…`, and
/// `${VARIABLE}` and nothing at all wherever a value may stand.
fn publish(schema: &mut Value) {
    if properties(schema).is_some()
        && let Some(map) = schema.as_object_mut()
    {
        map.insert("additionalProperties".into(), json!(false));
        map.insert("patternProperties".into(), json!({ "^(_|x-)": true }));
    }
    match schema {
        Value::Array(items) => items.iter_mut().for_each(publish),
        Value::Object(map) => {
            for (key, value) in &mut *map {
                match key.as_str() {
                    "properties" | "$defs" => {
                        value
                            .as_object_mut()
                            .into_iter()
                            .flatten()
                            .for_each(|(_, one)| publish(one));
                    }
                    "items" | "anyOf" => publish(value),
                    // An entry of a map may be named and have nothing said about it.
                    "additionalProperties" if value.is_object() => {
                        publish(value);
                        let entry = value.take();
                        *value = json!({ "anyOf": [entry, { "type": "null" }] });
                    }
                    _ => {}
                }
                if key == "properties" {
                    value.as_object_mut().into_iter().flatten().for_each(|(_, one)| widen(one));
                }
            }
        }
        _ => {}
    }
}

/// Lets `property` also be a variable or nothing. What describes it stays outside.
fn widen(property: &mut Value) {
    let Some(map) = property.as_object_mut().filter(|map| !map.contains_key("x-later")) else {
        return;
    };
    let outside = ["description", "default", "deprecated"];
    let described: Map<String, Value> =
        outside.iter().filter_map(|key| Some(((*key).to_owned(), map.remove(*key)?))).collect();
    if map.is_empty() {
        map.extend(described);
        return;
    }
    let inner = Value::Object(std::mem::take(map));
    map.insert(
        "anyOf".into(),
        json!([inner, { "type": "string", "pattern": r"^\$\{" }, { "type": "null" }]),
    );
    map.extend(described);
}
