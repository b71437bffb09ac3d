//! The layers of a configuration, and how they become one.

use figment::{
    Figment, Metadata, Profile, Provider,
    value::{Dict, Map, Tag},
};

use super::{
    environment::Environment,
    node::{Entry, Node, Value},
    origin::Origin,
};

/// The prefix of variables that set a key, and what stands between the levels of its path.
const SEPARATOR: &str = "__";
const PREFIX: &str = "LLM__";
/// No key is so deep; what follows is not worth a deeper tree.
const MOST_LEVELS: usize = 16;

/// A layer: a tree of its own.
#[derive(Debug)]
pub(crate) struct Layer {
    tree: Node,
    number: usize,
}

/// Lays the trees over each other; later ones win. Maps merge key by key, all else is replaced.
pub(crate) fn merge(trees: Vec<Node>) -> Node {
    let layers: Vec<Layer> =
        trees.into_iter().enumerate().map(|(number, tree)| Layer { tree, number }).collect();
    let figment = layers.iter().fold(Figment::new(), Figment::merge);
    // A provider of ours cannot fail, and a figment of such providers neither.
    let merged = figment.data().unwrap_or_default().remove(&Profile::Default).unwrap_or_default();
    let own: Vec<Option<&Node>> = layers.iter().map(|layer| Some(&layer.tree)).collect();
    assemble(&figment, &merged, &own)
}

/// The variables that begin with `LLM__`, as a tree: `LLM__LLM__TIMEOUT` sets `llm.timeout`.
pub(crate) fn from_environment(environment: &Environment) -> Node {
    let mut tree = Node::new(Value::Map(Vec::new()), Origin::Default);
    for (name, value) in environment.iter() {
        // An empty variable counts as unset, here as everywhere.
        if let Some(path) = name.strip_prefix(PREFIX).filter(|_| !value.is_empty()) {
            let keys = path.split(SEPARATOR).take(MOST_LEVELS).map(str::to_lowercase);
            let keys: Vec<String> = keys.collect();
            let origin = Origin::Environment(name.into());
            insert(&mut tree, &keys, Node::text(value, origin));
        }
    }
    tree
}

/// Puts `node` at the end of the way through `keys`, making maps on the way.
pub(crate) fn insert(tree: &mut Node, keys: &[String], node: Node) {
    let Some((key, rest)) = keys.split_first() else {
        *tree = node;
        return;
    };
    if !matches!(tree.value, Value::Map(_)) {
        tree.value = Value::Map(Vec::new());
    }
    let Value::Map(entries) = &mut tree.value else { return };
    if let Some(entry) = entries.iter_mut().find(|entry| entry.key == *key) {
        return insert(&mut entry.node, rest, node);
    }
    let mut child = Node::new(Value::Null, node.origin.clone());
    let key_origin = node.origin.clone();
    insert(&mut child, rest, node);
    entries.push(Entry { key: key.clone(), key_origin, node: child });
}

impl Provider for &Layer {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.number.to_string())
    }

    fn data(&self) -> figment::Result<Map<Profile, Dict>> {
        Ok(Map::from([(Profile::Default, dict(&self.tree))]))
    }
}

/// The merged tree: for each value the node of the layer that won.
fn assemble(figment: &Figment, merged: &Dict, own: &[Option<&Node>]) -> Node {
    let mut entries: Vec<Entry> = merged
        .iter()
        .filter_map(|(key, value)| {
            let below: Vec<Option<&Node>> =
                own.iter().map(|node| node.and_then(|node| node.get(key))).collect();
            let winner = number(figment, value.tag());
            let node = match value {
                figment::value::Value::Dict(_, dict) => assemble(figment, dict, &below),
                _ => (*below.get(winner)?)?.clone(),
            };
            let key_origin = own.iter().rev().flatten().find_map(|node| node.entry(key));
            Some(Entry { key: key.clone(), key_origin: key_origin?.key_origin.clone(), node })
        })
        .collect();
    // In the order of the first layer that has the key; keys a file adds stay in its order.
    entries.sort_by_cached_key(|entry| rank(own, &entry.key));
    Node::new(Value::Map(entries), place(own))
}

/// The place of a map: that in the last file that has it, else the last layer that sets it.
fn place(own: &[Option<&Node>]) -> Origin {
    let maps = || own.iter().rev().flatten().filter(|node| matches!(node.value, Value::Map(_)));
    maps()
        .find(|node| matches!(node.origin, Origin::File { .. }))
        .or_else(|| maps().find(|node| node.origin.is_set()))
        .map_or(Origin::Default, |node| node.origin.clone())
}

fn rank(own: &[Option<&Node>], key: &str) -> Option<(usize, usize)> {
    own.iter().enumerate().find_map(|(layer, node)| {
        let place = (*node)?.entries().iter().position(|entry| entry.key == key)?;
        Some((layer, place))
    })
}

fn number(figment: &Figment, tag: Tag) -> usize {
    figment.get_metadata(tag).and_then(|metadata| metadata.name.parse().ok()).unwrap_or_default()
}

/// What figment needs to decide who wins: the shape of maps, and something for every other value.
fn dict(node: &Node) -> Dict {
    let value = |node: &Node| match &node.value {
        Value::Map(_) => figment::value::Value::from(dict(node)),
        Value::Null | Value::Scalar(_) | Value::List(_) => figment::value::Value::from(""),
    };
    node.entries().iter().map(|entry| (entry.key.clone(), value(&entry.node))).collect()
}
