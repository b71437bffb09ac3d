//! What every review looks at.

use std::collections::HashSet;

use crate::config::{
    diagnostic::{Code, Diagnostic},
    names::{Names, UnknownModel},
    node::Node,
    origin::Origin,
    path::Path,
    settings::Settings,
    suggest,
};

use super::{limits, models, parallel, paths, providers, roles};

/// The merged configuration: as written, as types, and its names.
#[derive(Debug)]
pub(crate) struct Review<'a> {
    pub(crate) tree: &'a Node,
    pub(crate) settings: &'a Settings,
    pub(crate) names: &'a Names,
    /// Files that every user of the machine can read.
    pub(crate) public: HashSet<&'a str>,
}

/// Adds what is wrong with the whole.
pub(crate) fn review(review: &Review<'_>, problems: &mut Vec<Diagnostic>) {
    providers::review(review, problems);
    models::review(review, problems);
    roles::review(review, problems);
    parallel::review(review, problems);
    limits::review(review, problems);
    paths::review(review, problems);
}

impl<'a> Review<'a> {
    /// The value at the end of the way through `keys`, if somebody set it.
    pub(super) fn set(&self, keys: &[&str]) -> Option<&'a Node> {
        self.tree.at(keys).filter(|node| node.origin.is_set() && !node.is_null())
    }

    /// Where something missing belongs: the key at the end of the way through `keys`, or the
    /// nearest above it that is set.
    pub(super) fn place(&self, keys: &[&str]) -> &'a Origin {
        let Some((key, above)) = keys.split_last() else { return &self.tree.origin };
        let entry = self.tree.at(above).and_then(|node| node.entry(key));
        match entry.map(|entry| &entry.key_origin) {
            Some(origin) if origin.is_set() => origin,
            _ => self.place(above),
        }
    }

    /// That `node` names a model nobody serves.
    pub(super) fn unknown(&self, node: &Node, path: &Path, unknown: &UnknownModel) -> Diagnostic {
        let near: Vec<&str> = unknown.near.iter().map(String::as_str).collect();
        let meant =
            (!near.is_empty()).then(|| format!("did you mean {}?", suggest::list(&near, "or")));
        if let Some(provider) = &unknown.provider {
            let message = match node.shown() {
                Some(_) => format!("`{path}` names provider `{provider}`, which is not configured"),
                None => format!("`{path}` names a provider that is not configured"),
            };
            let add = "add it under `providers`, or write the model without it";
            return Diagnostic::new(Code::UnknownProvider, path, &node.origin, message)
                .label("no such provider")
                .help(meant.unwrap_or_else(|| add.to_owned()));
        }
        let message = match node.shown() {
            Some(name) => format!("`{path}` names `{name}`, a model that no provider serves"),
            None => format!("`{path}` names a model that no provider serves"),
        };
        let provider = self.names.default_provider().map_or("…", |served| served.id.as_str());
        let add = format!("add it under `providers.{provider}.models`");
        let problem = Diagnostic::new(Code::UnknownModel, path, &node.origin, message)
            .label("not served by any provider")
            .help(meant.map_or_else(
                || format!("{add}, or remove it here"),
                |meant| format!("{meant} or {add}"),
            ));
        match self.models_key(provider) {
            Some(key) => problem.also(key, "models are listed here"),
            None => problem,
        }
    }

    /// Where a provider's list of models begins.
    fn models_key(&self, provider: &str) -> Option<&Origin> {
        let provider = self.tree.at(&["providers", provider])?;
        provider.entry("models").map(|entry| &entry.key_origin)
    }
}
