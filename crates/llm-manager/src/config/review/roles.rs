//! Roles: every name leads to a model, none stands twice in a role, and there is one at all.

use std::collections::HashMap;

use llm_core::{ModelRef, ModelRole};

use crate::config::{
    diagnostic::{Code, Diagnostic},
    node::Node,
    path::Path,
};

use super::{context::Review, entries};

pub(super) fn review(review: &Review<'_>, problems: &mut Vec<Diagnostic>) {
    let is_served = !review.names.providers.is_empty();
    let mut is_empty = true;
    for role in ModelRole::ALL {
        let keys = ["llm", "model_roles", role.as_str()];
        let Some(node) = review.tree.at(&keys) else { continue };
        let names = entries::names(node);
        // What is no list has a problem of its own.
        is_empty &= names.is_empty() && node.entries().is_empty() && node.as_text().is_none();
        if is_served {
            list(review, &names, &Path::of(&keys), problems);
        }
    }
    if is_empty {
        problems.push(empty(review));
    }
    problems.extend(default_model(review).filter(|_| is_served));
}

/// Adds what is wrong with a list of names.
pub(super) fn list(
    review: &Review<'_>,
    names: &[Node],
    path: &Path,
    problems: &mut Vec<Diagnostic>,
) {
    let mut seen: HashMap<ModelRef, &Node> = HashMap::new();
    for (index, node) in names.iter().enumerate() {
        let path = path.index(index);
        let Some(name) = node.as_text() else { continue };
        match review.names.resolve(name) {
            Err(unknown) => problems.push(review.unknown(node, &path, &unknown)),
            Ok(model) => {
                if let Some(first) = seen.insert(model, node) {
                    let message = match node.shown() {
                        Some(name) => format!("`{path}` names `{name}` again"),
                        None => format!("`{path}` names a model again"),
                    };
                    let problem =
                        Diagnostic::new(Code::DuplicateModel, &path, &node.origin, message)
                            .label("again here")
                            .also(&first.origin, "first here")
                            .help("remove one of the two");
                    problems.push(problem);
                }
            }
        }
    }
}

fn default_model(review: &Review<'_>) -> Option<Diagnostic> {
    const KEYS: [&str; 2] = ["llm", "default_model"];
    let node = review.set(&KEYS)?;
    let unknown = review.names.resolve(node.as_text()?).err()?;
    Some(review.unknown(node, &Path::of(&KEYS), &unknown))
}

fn empty(review: &Review<'_>) -> Diagnostic {
    const KEYS: [&str; 2] = ["llm", "model_roles"];
    let message = "no role names a model".to_owned();
    Diagnostic::new(Code::EmptyRoles, &Path::of(&KEYS), review.place(&KEYS), message)
        .label("no model in here")
        .help("name at least one under `llm.model_roles.primary`")
}
