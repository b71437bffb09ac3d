//! Lists of models: each name once.

use std::collections::HashMap;

use crate::config::{
    diagnostic::{Code, Diagnostic},
    node::Node,
    path::Path,
};

use super::{
    context::Review,
    entries::{self, Listed},
};

pub(super) fn review(review: &Review<'_>, problems: &mut Vec<Diagnostic>) {
    let providers = review.tree.get("providers").map(Node::entries).unwrap_or_default();
    let mut names: HashMap<&str, &Node> = HashMap::new();
    let mut aliases = Vec::new();
    for provider in providers {
        let path = Path::of(&["providers", &provider.key]);
        let mut own: HashMap<&str, &Node> = HashMap::new();
        for listed in entries::listed(&provider.node) {
            let path = path.join(&listed.path);
            if let Some(first) = own.get(listed.name) {
                problems.push(twice(&listed, &path, first));
            } else {
                own.insert(listed.name, listed.node);
                names.insert(listed.name, listed.node);
            }
            problems.extend(too_long_answer(&listed, &path));
            let said = listed.entry.get("aliases").map(Node::items).unwrap_or_default();
            aliases.extend(said.iter().enumerate().filter_map(|(index, alias)| {
                Some((alias.as_text()?, alias, path.key("aliases").index(index)))
            }));
        }
    }
    for (name, alias, path) in aliases {
        if let Some(first) = names.insert(name, alias) {
            problems.push(taken(alias, &path, first));
        }
    }
}

fn twice(listed: &Listed<'_>, path: &Path, first: &Node) -> Diagnostic {
    let message = match listed.node.shown() {
        Some(name) => format!("`{path}` lists `{name}` again"),
        None => format!("`{path}` lists a model again"),
    };
    Diagnostic::new(Code::DuplicateModel, path, &listed.node.origin, message)
        .label("again here")
        .also(&first.origin, "first here")
        .help("remove one of the two")
}

fn taken(alias: &Node, path: &Path, first: &Node) -> Diagnostic {
    let message = match alias.shown() {
        Some(name) => format!("`{path}`: the name `{name}` is taken"),
        None => format!("`{path}`: the name is taken"),
    };
    Diagnostic::new(Code::DuplicateModel, path, &alias.origin, message)
        .label("taken")
        .also(&first.origin, "by this one")
        .help("give every alias to one model, and no alias the name of a model")
}

/// An answer that is longer than all that a model can hold.
fn too_long_answer(listed: &Listed<'_>, path: &Path) -> Option<Diagnostic> {
    let number = |key: &str| listed.entry.get(key)?.as_text()?.trim().parse::<u64>().ok();
    let node = listed.entry.get("max_tokens")?;
    let (answer, window) = (number("max_tokens")?, number("context_window")?);
    (answer >= window).then(|| {
        let path = path.key("max_tokens");
        let message =
            format!("`{path}` leaves no room for a prompt in a window of {window} tokens");
        Diagnostic::new(Code::OutOfRange, &path, &node.origin, message)
            .label("too many")
            .help("ask for less than `context_window`")
    })
}
