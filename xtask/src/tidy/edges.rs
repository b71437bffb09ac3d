//! Crate edges: who may know whom.

use std::collections::BTreeMap;

use anyhow::Result;
use cargo_metadata::DependencyKind;

use super::Finding;
use crate::{cargo, workspace::Workspace};

/// The picture in `docs/architecture.md`, as a table.
const DRAWN: &[(&str, &[&str])] = &[
    ("llm-core", &[]),
    ("llm-http", &["llm-core"]),
    ("llm-openrouter", PROVIDER),
    ("llm-openai", PROVIDER),
    ("llm-anthropic", PROVIDER),
    ("llm-ollama", PROVIDER),
    ("llm-strategies", &["llm-core"]),
    ("llm-testkit", &["llm-core"]),
    (MANAGER, &["llm-core", "llm-strategies"]),
    ("llm-testrunner", &["llm-core", MANAGER]),
    ("llm-cli", &["llm-core", MANAGER, "llm-testrunner", "llm-testkit"]),
    ("llm-crewai-bridge", &["llm-core", MANAGER, "llm-testrunner"]),
    ("xtask", &[]),
];
const PROVIDER: &[&str] = &["llm-core", "llm-http"];
const PROVIDERS: [&str; 4] = ["llm-openrouter", "llm-openai", "llm-anthropic", "llm-ollama"];
const MANAGER: &str = "llm-manager";
/// Measures all of them and is never published.
const KNOWS_ALL: &str = "llm-bench";
const TESTKIT: &str = "llm-testkit";

#[derive(Debug)]
struct Edge {
    from: String,
    to: String,
    kind: DependencyKind,
    is_optional: bool,
}

/// Every edge between two crates of the workspace is drawn.
pub(crate) fn check(workspace: &Workspace) -> Result<Finding> {
    let metadata = cargo::members(workspace)?;
    let members: BTreeMap<&str, _> =
        metadata.packages.iter().map(|package| (package.name.as_str(), package)).collect();
    let mut edges = Vec::new();
    for (name, package) in &members {
        for dependency in &package.dependencies {
            if members.contains_key(dependency.name.as_str()) {
                edges.push(Edge {
                    from: (*name).to_owned(),
                    to: dependency.name.clone(),
                    kind: dependency.kind,
                    is_optional: dependency.optional,
                });
            }
        }
    }
    let mut problems: Vec<String> = edges.iter().filter_map(problem).collect();
    if let Some(manager) = members.get(MANAGER) {
        let optional = edges.iter().filter(|edge| edge.from == MANAGER && edge.is_optional);
        problems.extend(optional.filter_map(|edge| {
            let feature = edge.to.trim_start_matches("llm-");
            (!manager.features.contains_key(feature)).then(|| {
                format!("{MANAGER} has no feature `{feature}` for its optional {}", edge.to)
            })
        }));
    }
    let summary = format!("{} crates, {} edges", members.len(), edges.len());
    Ok(Finding { summary, problems })
}

fn problem(edge: &Edge) -> Option<String> {
    let Edge { from, to, kind, is_optional } = edge;
    if from == KNOWS_ALL {
        return None;
    }
    if from == MANAGER && PROVIDERS.contains(&to.as_str()) && *kind == DependencyKind::Normal {
        return (!is_optional).then(|| {
            format!("edge {from} -> {to} is not optional; make it a feature of the same name")
        });
    }
    let is_drawn = DRAWN.iter().any(|(name, known)| name == from && known.contains(&to.as_str()));
    let is_for_tests = *kind == DependencyKind::Development && (to == TESTKIT || to == from);
    (!is_drawn && !is_for_tests).then(|| {
        format!(
            "edge {from} -> {to} is not drawn in docs/architecture.md; it needs a decision record \
             under docs/adr/"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_allowed(from: &str, to: &str, kind: DependencyKind, is_optional: bool) -> bool {
        problem(&Edge { from: from.to_owned(), to: to.to_owned(), kind, is_optional }).is_none()
    }

    #[test]
    fn only_drawn_edges_pass() {
        let normal = |from, to| is_allowed(from, to, DependencyKind::Normal, false);
        assert!(normal("llm-http", "llm-core"));
        assert!(!normal("llm-core", "llm-http"), "the edge points one way");
        assert!(!normal("llm-openrouter", "llm-strategies"), "siblings never know each other");
        assert!(!normal("xtask", "llm-core"));
        assert!(!normal("llm-new", "llm-core"), "an unknown crate has no edges yet");
        assert!(normal("llm-bench", "llm-openrouter"));
    }

    #[test]
    fn the_testkit_is_everybodys_in_tests_only() {
        assert!(is_allowed("llm-http", "llm-testkit", DependencyKind::Development, false));
        assert!(!is_allowed("llm-http", "llm-testkit", DependencyKind::Normal, false));
        assert!(!is_allowed("llm-strategies", "llm-http", DependencyKind::Development, false));
    }

    #[test]
    fn the_manager_takes_providers_as_features() {
        assert!(is_allowed("llm-manager", "llm-ollama", DependencyKind::Normal, true));
        assert!(!is_allowed("llm-manager", "llm-ollama", DependencyKind::Normal, false));
    }
}
