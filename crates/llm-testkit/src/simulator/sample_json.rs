//! A value that fits a JSON Schema, for the simple schemas that tools and answers use.

use fastrand::Rng;
use serde_json::{Map, Value, json};

/// Schemas that refer to themselves end here.
const DEEPEST: usize = 12;

/// A value that fits `schema`. What it does not know of JSON Schema (patterns, conditions) it
/// passes over.
pub(super) fn sample(schema: &Value, random: &mut Rng) -> Value {
    Sampler { root: schema, random }.value(schema, 0)
}

struct Sampler<'a> {
    root: &'a Value,
    random: &'a mut Rng,
}

impl Sampler<'_> {
    fn value(&mut self, schema: &Value, depth: usize) -> Value {
        if depth > DEEPEST {
            return Value::Null;
        }
        if let Some(value) = fixed(schema) {
            return value;
        }
        if let Some(target) = self.refers_to(schema) {
            return self.value(&target, depth + 1);
        }
        if let Some(choice) = ["anyOf", "oneOf"].iter().find_map(|key| schema.get(key)?.get(0)) {
            return self.value(choice, depth + 1);
        }
        if let Some(parts) = schema.get("allOf").and_then(Value::as_array) {
            return self.merged(schema, parts, depth);
        }
        match type_of(schema) {
            "object" => self.object(schema, depth),
            "array" => self.array(schema, depth),
            "string" => self.string(schema),
            "integer" => number(schema, true),
            "number" => number(schema, false),
            "boolean" => self.random.bool().into(),
            _ => Value::Null,
        }
    }

    /// The target of a reference inside the same document.
    fn refers_to(&self, schema: &Value) -> Option<Value> {
        let pointer = schema.get("$ref")?.as_str()?.strip_prefix('#')?;
        self.root.pointer(pointer).cloned()
    }

    fn object(&mut self, schema: &Value, depth: usize) -> Value {
        let mut fields = Map::new();
        let required = names(schema.get("required"));
        let properties = schema.get("properties").and_then(Value::as_object);
        for (name, property) in properties.into_iter().flatten() {
            // A schema that contains itself must leave out what it may.
            if depth < DEEPEST / 2 || required.contains(&name.as_str()) {
                fields.insert(name.clone(), self.value(property, depth + 1));
            }
        }
        for name in required {
            fields.entry(name).or_insert_with(|| "sample".into());
        }
        fields.into()
    }

    fn array(&mut self, schema: &Value, depth: usize) -> Value {
        let least = schema.get("minItems").and_then(Value::as_u64).unwrap_or(1);
        let most = schema.get("maxItems").and_then(Value::as_u64).unwrap_or(u64::MAX);
        let deep = depth >= DEEPEST / 2 && schema.get("minItems").is_none();
        let count = if deep { 0 } else { least.min(most).min(100) };
        let any = json!({"type": "string"});
        let items = schema.get("items").unwrap_or(&any);
        (0..count).map(|_| self.value(items, depth + 1)).collect()
    }

    fn string(&mut self, schema: &Value) -> Value {
        let fixed = match schema.get("format").and_then(Value::as_str) {
            Some("date") => "2026-01-31",
            Some("date-time") => "2026-01-31T12:00:00Z",
            Some("time") => "12:00:00Z",
            Some("email") => "someone@example.com",
            Some("uri" | "url") => "https://example.com/",
            Some("uuid") => "123e4567-e89b-42d3-a456-426614174000",
            _ => "",
        };
        if !fixed.is_empty() {
            return fixed.into();
        }
        let limit = |key| schema.get(key)?.as_u64().and_then(|limit| usize::try_from(limit).ok());
        let least = limit("minLength").unwrap_or(0).min(10_000);
        let most = limit("maxLength").unwrap_or(usize::MAX);
        let word = self.random.choice(["Berlin", "Oslo", "Lima", "Kyoto"]).unwrap_or("Rome");
        let text: String = word.chars().cycle().take(word.len().max(least).min(most)).collect();
        text.into()
    }

    /// All parts as one schema, later ones over earlier ones.
    fn merged(&mut self, schema: &Value, parts: &[Value], depth: usize) -> Value {
        let mut whole = schema.clone();
        if let Some(fields) = whole.as_object_mut() {
            fields.remove("allOf");
        }
        for part in parts {
            let part = self.refers_to(part).unwrap_or_else(|| part.clone());
            merge(&mut whole, &part);
        }
        self.value(&whole, depth + 1)
    }
}

/// The value a schema prescribes or suggests.
fn fixed(schema: &Value) -> Option<Value> {
    let first = |key: &str| schema.get(key)?.get(0);
    let value = schema.get("const").or_else(|| first("enum")).or_else(|| schema.get("default"));
    value.or_else(|| first("examples")).cloned()
}

fn type_of(schema: &Value) -> &str {
    let declared = schema.get("type");
    let several = || declared?.as_array()?.iter().filter_map(Value::as_str).find(|t| *t != "null");
    let implied = || if schema.get("items").is_some() { "array" } else { "object" };
    declared.and_then(Value::as_str).or_else(several).unwrap_or_else(implied)
}

fn number(schema: &Value, whole: bool) -> Value {
    let bound = |key: &str| schema.get(key).and_then(Value::as_f64);
    let step = if whole { 1.0 } else { 0.5 };
    let least = bound("minimum").or_else(|| bound("exclusiveMinimum").map(|bound| bound + step));
    let most = bound("maximum").or_else(|| bound("exclusiveMaximum").map(|bound| bound - step));
    let multiple = bound("multipleOf").filter(|multiple| *multiple > 0.0);
    let value = least.unwrap_or_else(|| most.map_or(1.0, |most| most.min(1.0)));
    let value = multiple.map_or(value, |multiple| (value / multiple).ceil() * multiple);
    let value = if whole { value.ceil() } else { value };
    // Exact for every whole number a schema is likely to name; beyond that it stays a float.
    match format!("{value:.0}").parse::<i64>() {
        Ok(exact) if whole => exact.into(),
        _ => value.into(),
    }
}

fn names(list: Option<&Value>) -> Vec<&str> {
    list.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

fn merge(whole: &mut Value, part: &Value) {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => {
            for (key, value) in part {
                match whole.get_mut(key) {
                    Some(known) => merge(known, value),
                    None => {
                        whole.insert(key.clone(), value.clone());
                    }
                }
            }
        }
        (Value::Array(whole), Value::Array(part)) => whole.extend(part.iter().cloned()),
        (whole, part) => *whole = part.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(schema: &Value, expect: &Value) {
        assert_eq!(&sample(schema, &mut Rng::with_seed(1)), expect, "{schema}");
    }

    #[test]
    fn every_property_gets_a_value_of_its_type() {
        let schema = json!({
            "type": "object", "required": ["city", "extra"],
            "properties": {
                "city": {"type": "string", "enum": ["Paris", "Rome"]},
                "days": {"type": "integer", "minimum": 3},
                "unit": {"const": "celsius"},
                "share": {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
                "tags": {"type": "array", "items": {"type": "null"}, "minItems": 2},
                "note": {"type": ["null", "string"], "maxLength": 2},
                "when": {"type": "string", "format": "date"},
            },
        });
        let mut value = sample(&schema, &mut Rng::with_seed(1));
        let note = value.as_object_mut().unwrap().remove("note").unwrap();
        assert_eq!(note.as_str().unwrap().len(), 2);
        let expect = json!({
            "city": "Paris", "days": 3, "unit": "celsius", "share": 0.5, "tags": [null, null],
            "when": "2026-01-31", "extra": "sample",
        });
        assert_eq!(value, expect);
    }

    #[test]
    fn references_and_combinations_are_followed() {
        let target = json!({"$defs": {"unit": {"enum": ["metre"]}}, "$ref": "#/$defs/unit"});
        check(&target, &json!("metre"));
        check(&json!({"anyOf": [{"const": 1}, {"const": 2}]}), &json!(1));
        let parts = json!({"allOf": [
            {"type": "object", "properties": {"a": {"const": 1}}},
            {"properties": {"b": {"const": 2}}},
        ]});
        check(&parts, &json!({"a": 1, "b": 2}));
    }

    #[test]
    fn a_schema_that_contains_itself_ends() {
        let schema = json!({
            "type": "object", "required": ["name"],
            "properties": {
                "name": {"const": "node"},
                "next": {"$ref": "#"},
                "all": {"type": "array", "items": {"$ref": "#"}},
            },
        });
        assert!(sample(&schema, &mut Rng::with_seed(1)).to_string().len() < 10_000);
    }

    #[test]
    fn numbers_stay_in_their_bounds() {
        check(&json!({"type": "integer"}), &json!(1));
        check(&json!({"type": "integer", "maximum": -5}), &json!(-5));
        check(&json!({"type": "integer", "minimum": 11, "multipleOf": 5}), &json!(15));
        check(&json!({"type": "number", "exclusiveMaximum": 0}), &json!(-0.5));
    }

    #[test]
    fn no_schema_at_all_is_an_empty_object() {
        check(&json!({}), &json!({}));
        check(&Value::Null, &json!({}));
    }
}
