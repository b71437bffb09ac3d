//! Limits of time: none that another always reaches first.

use crate::config::{
    diagnostic::{Code, Diagnostic, Severity},
    node::Node,
    path::Path,
    values::Seconds,
};

use super::{context::Review, entries};

/// Pairs of limits of which the first cannot be reached when it is longer than the second.
const PAIRS: [(&str, &str); 2] = [("connect", "first_token"), ("idle", "progress")];
const LIMITS: [&str; 4] = ["connect", "first_token", "idle", "progress"];

pub(super) fn review(review: &Review<'_>, problems: &mut Vec<Diagnostic>) {
    let deadline = review.settings.llm.timeout;
    let mut check = |node: Option<&Node>, path: Path| {
        if let Some(node) = node {
            problems.extend(LIMITS.iter().filter_map(|name| over(node, &path, name, deadline)));
            problems.extend(PAIRS.iter().filter_map(|pair| swapped(node, &path, *pair)));
        }
    };
    let keys = ["llm", "timeouts"];
    check(review.tree.at(&keys), Path::of(&keys));
    for provider in review.tree.get("providers").map(Node::entries).unwrap_or_default() {
        let path = Path::of(&["providers", &provider.key]);
        check(provider.node.get("timeouts"), path.key("timeouts"));
        for listed in entries::listed(&provider.node) {
            check(listed.entry.get("timeouts"), path.join(&listed.path).key("timeouts"));
        }
    }
}

fn seconds(node: &Node) -> Option<Seconds> {
    Seconds::parse(node.as_text()?).ok()
}

/// A limit beyond the deadline of the whole request.
fn over(limits: &Node, path: &Path, name: &str, deadline: Seconds) -> Option<Diagnostic> {
    let node = limits.get(name)?;
    let limit = seconds(node).filter(|limit| *limit > deadline)?;
    let path = path.key(name);
    let message = format!("`{path}` of {limit} is never reached: `llm.timeout` is {deadline}");
    Some(conflict(message, node, &path).help("make it shorter, or `llm.timeout` longer"))
}

fn swapped(limits: &Node, path: &Path, (first, second): (&str, &str)) -> Option<Diagnostic> {
    let (node, other) = (limits.get(first)?, limits.get(second)?);
    let (limit, end) = (seconds(node)?, seconds(other)?);
    let path = path.key(first);
    (limit > end).then(|| {
        let message = format!("`{path}` of {limit} is never reached: `{second}` is {end}");
        conflict(message, node, &path)
            .also(&other.origin, "ends before")
            .help(format!("make it shorter than `{second}`"))
    })
}

fn conflict(message: String, node: &Node, path: &Path) -> Diagnostic {
    Diagnostic::new(Code::ConflictingTimeouts, path, &node.origin, message)
        .severity(Severity::Warning)
        .label("never reached")
}
