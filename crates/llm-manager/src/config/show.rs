//! The merged values as a person may see them.

use serde::Serialize;
use serde_json::Value as Json;

use super::{
    mask,
    node::{Node, Value},
    origin::Origin,
    path::Path,
};

/// The shortest secret of which the end is shown.
const SHOWN_FROM: usize = 16;

/// A value of the configuration, fit to be shown.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ShownValue {
    /// The way to it, such as `llm.model_roles.primary`.
    pub path: String,
    /// The value; of a secret only that it is set.
    pub value: Json,
    /// Where it comes from.
    pub origin: Origin,
}

/// As `{"path", "value", "origin"}`.
impl Serialize for ShownValue {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;

        let mut row = serializer.serialize_struct("ShownValue", 3)?;
        row.serialize_field("path", &self.path)?;
        row.serialize_field("value", &self.value)?;
        row.serialize_field("origin", &self.origin.to_string())?;
        row.end()
    }
}

/// Every value of the tree that somebody set or that has a default.
pub(crate) fn show(tree: &Node) -> Vec<ShownValue> {
    let mut rows = Vec::new();
    walk(tree, &Path::default(), &mut rows);
    rows
}

/// The value at the end of a way such as `providers.x.models[0].name`.
pub(crate) fn find<'a>(tree: &'a Node, path: &str) -> Option<&'a Node> {
    find_below(tree, &Path::default(), path)
}

fn find_below<'a>(node: &'a Node, at: &Path, wanted: &str) -> Option<&'a Node> {
    let place = at.to_string();
    if place == wanted {
        return Some(node);
    }
    if !wanted.starts_with(&place) {
        return None;
    }
    let in_entries = || {
        node.entries().iter().find_map(|entry| find_below(&entry.node, &at.key(&entry.key), wanted))
    };
    let in_items = || {
        let mut items = node.items().iter().enumerate();
        items.find_map(|(index, item)| find_below(item, &at.index(index), wanted))
    };
    in_entries().or_else(in_items)
}

fn walk(node: &Node, path: &Path, rows: &mut Vec<ShownValue>) {
    let is_plain = |node: &Node| matches!(node.value, Value::Scalar(_) | Value::Null);
    match &node.value {
        Value::Map(entries) if !entries.is_empty() || path.is_top() => {
            for entry in entries {
                walk(&entry.node, &path.key(&entry.key), rows);
            }
        }
        Value::List(items) if !items.iter().all(is_plain) => {
            for (index, item) in items.iter().enumerate() {
                walk(item, &path.index(index), rows);
            }
        }
        Value::Null | Value::Map(_) if node.missing.is_none() && !node.origin.is_set() => {}
        _ => rows.push(ShownValue {
            path: path.to_string(),
            value: shown(node, path),
            origin: node.origin.clone(),
        }),
    }
}

fn shown(node: &Node, path: &Path) -> Json {
    match &node.value {
        Value::Null => match &node.missing {
            Some(variable) => Json::String(format!("not set ({variable})")),
            None => Json::Null,
        },
        Value::List(items) => Json::Array(items.iter().map(|item| shown(item, path)).collect()),
        Value::Map(_) => node.to_json(),
        Value::Scalar(scalar) if is_secret(node, path) => Json::String(masked(&scalar.text)),
        Value::Scalar(_) => match node.to_json() {
            Json::String(text) => Json::String(mask::mask(&text, &[])),
            value => value,
        },
    }
}

/// Whether the value is a secret by its place, or may be one because a variable gave it to a
/// place that has no meaning of its own here.
fn is_secret(node: &Node, path: &Path) -> bool {
    let hides = |key: &str| key == "headers" || mask::is_secret_name(key);
    let is_foreign = path.keys().any(|key| key == "extra_body");
    path.keys().any(hides) || (is_foreign && node.shown().is_none())
}

/// `set (…a1b2)`, or `***` for a secret so short that its end would tell too much.
fn masked(secret: &str) -> String {
    let letters: Vec<char> = secret.chars().collect();
    match letters.len().checked_sub(4).and_then(|start| letters.get(start..)) {
        Some(end) if letters.len() >= SHOWN_FROM => {
            format!("set (…{})", end.iter().collect::<String>())
        }
        _ => "***".to_owned(),
    }
}
