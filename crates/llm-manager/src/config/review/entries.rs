//! Lists of models as they are written.

use std::borrow::Cow;

use crate::config::{
    node::{Node, Value},
    origin::Origin,
    path::Path,
    scalar,
};

/// A model in the list of a provider.
#[derive(Debug)]
pub(crate) struct Listed<'a> {
    pub(crate) name: &'a str,
    /// Where its name stands.
    pub(crate) node: &'a Node,
    /// All that is said about it.
    pub(super) entry: &'a Node,
    /// The way to it, below the provider.
    pub(crate) path: Path,
}

/// The models of a provider in the order in which they are written, whatever the shape.
pub(crate) fn listed(provider: &Node) -> Vec<Listed<'_>> {
    let Some(models) = provider.get("models") else { return Vec::new() };
    let path = Path::of(&["models"]);
    let mut found = Vec::new();
    match &models.value {
        Value::Map(groups) => {
            for group in groups {
                collect(&group.node, &path.key(&group.key), &mut found);
            }
        }
        _ => collect(models, &path, &mut found),
    }
    found
}

/// Their names alone; a variable may give them as text.
pub(crate) fn model_names(provider: &Node) -> Vec<String> {
    listed(provider).iter().map(|listed| listed.name.to_owned()).collect()
}

/// The names in a list such as a role, also if a variable gives it as text.
pub(super) fn names(list: &Node) -> Cow<'_, [Node]> {
    match (&list.value, &list.origin) {
        (Value::Scalar(scalar), Origin::Environment(_)) => {
            Cow::Owned(scalar::words(&scalar.text, list))
        }
        _ => Cow::Borrowed(list.items()),
    }
}

fn collect<'a>(list: &'a Node, path: &Path, found: &mut Vec<Listed<'a>>) {
    for (index, entry) in list.items().iter().enumerate() {
        let node = entry.get("name").unwrap_or(entry);
        if let Some(name) = node.as_text() {
            found.push(Listed { name, node, entry, path: path.index(index) });
        }
    }
}
