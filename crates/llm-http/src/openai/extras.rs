//! Collects the fields of a stream that only the provider knows.

use llm_core::Extras;
use serde_json::{Map, Value};

/// How many parts of the reasoning are looked at for the one that a piece belongs to. Pieces of a
/// part come close together; to look at all would take quadratic time.
const NEAR: usize = 64;

/// Adds the fields of one delta to those of the earlier ones. Lists grow, pieces of one part of
/// the reasoning join, anything else is replaced.
pub(super) fn merge(into: &mut Extras, more: Extras) {
    for (name, value) in more {
        match (into.get_mut(&name), value) {
            (Some(Value::Array(list)), Value::Array(more)) => {
                for item in more {
                    add(list, item);
                }
            }
            (_, value) => drop(into.insert(name, value)),
        }
    }
}

/// Adds an item to a list, or joins it to the earlier piece of the same part.
fn add(items: &mut Vec<Value>, item: Value) {
    let Value::Object(piece) = item else {
        items.push(item);
        return;
    };
    let earlier = items.iter_mut().filter_map(Value::as_object_mut);
    match earlier.rev().take(NEAR).find(|part| belongs(part, &piece)) {
        Some(part) => join(part, piece),
        None => items.push(Value::Object(piece)),
    }
}

/// Whether a piece belongs to a part: both say where they stand, and it is the same place.
fn belongs(part: &Map<String, Value>, piece: &Map<String, Value>) -> bool {
    let same = |field: &str| part.get(field) == piece.get(field);
    let id = |of: &Map<String, Value>| of.get("id").and_then(Value::as_str).map(str::to_owned);
    let other_id = id(part).zip(id(piece)).is_some_and(|(part, piece)| part != piece);
    piece.get("index").is_some_and(Value::is_number) && same("index") && same("type") && !other_id
}

/// Joins texts, keeps the first of what names the part, and takes what is new.
fn join(part: &mut Map<String, Value>, piece: Map<String, Value>) {
    for (name, value) in piece {
        match (name.as_str(), part.get_mut(&name), value) {
            (_, _, Value::Null) => {}
            ("text" | "summary" | "data", Some(Value::String(text)), Value::String(more)) => {
                text.push_str(&more);
            }
            (_, Some(Value::Null) | None, value) => drop(part.insert(name, value)),
            _ => {}
        }
    }
}
