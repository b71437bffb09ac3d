//! Keys that are not configured: they come from the variable of their provider's kind.

use std::sync::Arc;

use super::{
    environment::Environment,
    kind,
    node::{Entry, Node, Value},
    origin::Origin,
};

const KEY: &str = "api_key";

/// Gives every provider of a known kind that says nothing of its key the variable of its kind.
pub(crate) fn fill_in(tree: &mut Node, environment: &Environment) {
    let Value::Map(sections) = &mut tree.value else { return };
    let Some(section) = sections.iter_mut().find(|entry| entry.key == "providers") else { return };
    let Value::Map(providers) = &mut section.node.value else { return };
    for provider in providers {
        let name = provider.node.get("kind").and_then(Node::as_text).unwrap_or(&provider.key);
        let Some(variable) = kind::find(name).and_then(|kind| kind.key_variable) else { continue };
        let is_said =
            provider.node.get(KEY).is_some_and(|key| !key.is_null() || key.missing.is_some());
        if !is_said {
            let key = from_environment(variable, environment, &provider.key_origin);
            set(&mut provider.node, key);
        }
    }
}

fn from_environment(variable: &str, environment: &Environment, place: &Origin) -> Node {
    if let Some(key) = environment.get(variable) {
        let mut node = Node::text(key, Origin::Environment(Arc::from(variable)));
        node.is_private = true;
        return node;
    }
    let mut node = Node::new(Value::Null, place.clone());
    node.missing = Some(variable.to_owned());
    node
}

fn set(provider: &mut Node, key: Node) {
    if provider.is_null() {
        provider.value = Value::Map(Vec::new());
    }
    let Value::Map(entries) = &mut provider.value else { return };
    entries.retain(|entry| entry.key != KEY);
    entries.push(Entry { key: KEY.to_owned(), key_origin: key.origin.clone(), node: key });
}
