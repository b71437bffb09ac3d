//! `${VARIABLE}` in scalars: expanded once, after the file was parsed, so that a value can neither
//! become structure nor be expanded again.

use super::{
    diagnostic::{Code, Diagnostic, Severity},
    environment::Environment,
    kind,
    node::{Entry, Node, Value},
    origin::Origin,
    path::Path,
};

/// Expands the scalars that files gave to the merged tree. Variables that are not set become
/// problems; one in an `api_key` goes to `missing` instead, for that provider's models are merely
/// left out, and of a provider that is switched off nothing is needed.
pub(crate) fn expand(
    node: &mut Node,
    path: &Path,
    environment: &Environment,
    problems: &mut Vec<Diagnostic>,
) {
    match &mut node.value {
        Value::List(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                expand(item, &path.index(index), environment, problems);
            }
        }
        Value::Map(entries) => {
            for entry in entries {
                let n_problems = problems.len();
                let is_off = is_off(path, entry);
                expand(&mut entry.node, &path.key(&entry.key), environment, problems);
                if is_off {
                    problems.truncate(n_problems);
                }
            }
        }
        Value::Scalar(_) if !matches!(node.origin, Origin::File { .. }) => {}
        Value::Scalar(scalar) if scalar.text.contains('$') => {
            match expanded(&scalar.text, environment) {
                Ok(text) => {
                    node.is_private = scalar.text.contains("${");
                    scalar.text = text;
                }
                Err(Failure::Unset { variable, message: None }) if is_key(path) => {
                    node.value = Value::Null;
                    node.missing = Some(variable);
                }
                Err(failure) => {
                    problems.push(failure.diagnostic(node, path));
                    node.value = Value::Null;
                    // A key that is missing is not looked for elsewhere.
                    if let Failure::Unset { variable, .. } = failure {
                        node.missing = is_key(path).then_some(variable);
                    }
                }
            }
        }
        Value::Null | Value::Scalar(_) => {}
    }
}

/// Whether the way leads to a provider's key.
fn is_key(path: &Path) -> bool {
    matches!(path.keys().collect::<Vec<_>>().as_slice(), ["providers", _, "api_key"])
}

/// Whether `entry` is a provider that is switched off.
fn is_off(path: &Path, entry: &Entry) -> bool {
    let is_provider = matches!(path.keys().collect::<Vec<_>>().as_slice(), ["providers"]);
    let enabled = entry.node.get("enabled").and_then(Node::as_text);
    is_provider
        && (kind::is_off_by_name(&entry.key)
            || enabled.is_some_and(|word| word.eq_ignore_ascii_case("false")))
}

enum Failure {
    Unset { variable: String, message: Option<String> },
    Syntax(&'static str),
}

impl Failure {
    fn diagnostic(&self, node: &Node, path: &Path) -> Diagnostic {
        let new = |code, message| Diagnostic::new(code, path, &node.origin, message);
        match self {
            Self::Unset { variable, message } => {
                let reason =
                    message.as_ref().map_or_else(String::new, |message| format!(": {message}"));
                let problem = format!("`{path}` needs {variable}, which is not set{reason}");
                new(Code::EnvUnset, problem)
                    .label("not set")
                    .help(format!("set {variable}, or give a default: `${{{variable}:-…}}`"))
            }
            Self::Syntax(problem) => new(Code::EnvSyntax, format!("`{path}`: {problem}"))
                .label("not a variable")
                .help("write `${NAME}`, `${NAME:-default}` or `${NAME:?message}`; `$$` is a `$`"),
        }
    }
}

/// The warning that a provider's key is not set.
pub(crate) fn key_unset(variable: &str, node: &Node, path: &Path) -> Diagnostic {
    let message = format!("`{path}`: {variable} is not set; the provider's models are left out");
    Diagnostic::new(Code::EnvUnset, path, &node.origin, message)
        .severity(Severity::Warning)
        .label("not set")
        .help(format!("set {variable} in the environment or in `.env`"))
}

fn expanded(text: &str, environment: &Environment) -> Result<String, Failure> {
    let mut expanded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        expanded.push_str(before);
        if let Some(after) = after.strip_prefix('$') {
            expanded.push('$');
            rest = after;
        } else if let Some(after) = after.strip_prefix('{') {
            let (inner, after) = after.split_once('}').ok_or(Failure::Syntax("`${` has no `}`"))?;
            expanded.push_str(&variable(inner, environment)?);
            rest = after;
        } else {
            expanded.push('$');
            rest = after;
        }
    }
    expanded.push_str(rest);
    Ok(expanded)
}

/// The value of what stands between the braces.
fn variable(inner: &str, environment: &Environment) -> Result<String, Failure> {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let end = inner.find(|letter| !is_part(letter)).unwrap_or(inner.len());
    let (name, operator) = inner.split_at(end);
    if inner.contains("${") {
        return Err(Failure::Syntax("a variable inside another is not possible"));
    }
    if name.is_empty() || name.starts_with(|letter: char| letter.is_ascii_digit()) {
        return Err(Failure::Syntax("`${` is not followed by a variable's name"));
    }
    let value = environment.get(name).map(ToOwned::to_owned);
    let unset = |message| Failure::Unset { variable: name.to_owned(), message };
    if operator.is_empty() {
        value.ok_or_else(|| unset(None))
    } else if let Some(default) = operator.strip_prefix(":-") {
        Ok(value.unwrap_or_else(|| default.to_owned()))
    } else if let Some(message) = operator.strip_prefix(":?") {
        value.ok_or_else(|| unset(Some(message.to_owned())))
    } else {
        Err(Failure::Syntax("only `:-` and `:?` may follow a variable's name"))
    }
}
