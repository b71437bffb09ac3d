//! Checks the merged tree against the schema, collecting every problem, and turns it into JSON of
//! the types the settings have.

use serde_json::{Map, Value as Json, json};

use super::{
    diagnostic::{Code, Diagnostic, Severity},
    node::{Node, Value},
    origin::Origin,
    path::Path,
    scalar, schema, suggest,
};

/// Checks `tree` and returns what the settings are read from; problems go to `problems`.
pub(crate) fn check(tree: &Node, problems: &mut Vec<Diagnostic>) -> Json {
    let schema = schema::check_schema();
    let mut checker = Checker { root: schema, problems };
    checker.value(tree, schema, &Path::default()).unwrap_or_else(|| json!({}))
}

struct Checker<'a> {
    root: &'a Json,
    problems: &'a mut Vec<Diagnostic>,
}

impl Checker<'_> {
    /// The value as JSON; `None` if it is wrong, or is not to be read at all.
    fn value(&mut self, node: &Node, schema: &Json, path: &Path) -> Option<Json> {
        let schema = self.resolve(schema, node);
        if schema.get("x-type").is_some() {
            return self.scalar(node, &schema, path);
        }
        match schema.get("type").and_then(Json::as_str) {
            Some("object") => self.map(node, &schema, path),
            Some("array") => self.list(node, &schema, path),
            Some(_) => self.scalar(node, &schema, path),
            None if schema.get("oneOf").is_some() || schema.get("enum").is_some() => {
                self.scalar(node, &schema, path)
            }
            // Free-form settings, which a provider's own API defines.
            None => Some(node.to_json()),
        }
    }

    fn map(&mut self, node: &Node, schema: &Json, path: &Path) -> Option<Json> {
        let Value::Map(entries) = &node.value else {
            return self.wrong(node, "a map of settings", path);
        };
        let known = schema::properties(schema);
        let mut map = Map::new();
        for entry in entries {
            let path = path.key(&entry.key);
            let property = known.and_then(|known| known.get(&entry.key));
            let is_free = entry.key.starts_with('_') || entry.key.starts_with("x-");
            let further = schema.get("additionalProperties").filter(|further| further.is_object());
            let schema = match property.or(further.filter(|_| known.is_none())) {
                _ if known.is_some() && is_free => continue,
                Some(schema) => schema,
                None if known.is_none() => &Json::Null,
                None => {
                    let names = known.into_iter().flatten().map(|(name, _)| name.as_str());
                    self.problems.push(unknown_key(&entry.key, &entry.key_origin, &path, names));
                    continue;
                }
            };
            if let Some(note) = note(&entry.key, &entry.key_origin, schema, &path) {
                self.problems.push(note);
            } else if !entry.node.is_null() {
                let value = self.value(&entry.node, schema, &path);
                map.extend(value.map(|value| (entry.key.clone(), value)));
            } else if schema.get("type").is_some_and(|kind| kind == "array") {
                map.insert(entry.key.clone(), json!([]));
            } else if property.is_none() {
                // A provider with nothing said about it, or a group without models.
                map.insert(entry.key.clone(), self.nothing(schema));
            }
        }
        self.required(node, schema, &map, path)?;
        Some(Json::Object(map))
    }

    /// Reports keys that must be there. `None` when one is missing.
    fn required(
        &mut self,
        node: &Node,
        schema: &Json,
        map: &Map<String, Json>,
        path: &Path,
    ) -> Option<()> {
        let names = schema.get("required").and_then(Json::as_array).into_iter().flatten();
        let mut complete = Some(());
        for name in names.filter_map(Json::as_str).filter(|name| !map.contains_key(*name)) {
            complete = None;
            // A wrong value has its own problem.
            if node.get(name).is_none_or(Node::is_null) {
                let message = format!("`{path}` has no `{name}`");
                let problem = Diagnostic::new(Code::MissingRequired, path, &node.origin, message);
                self.problems.push(problem.label("here").help(format!("add `{name}: …`")));
            }
        }
        complete
    }

    fn list(&mut self, node: &Node, schema: &Json, path: &Path) -> Option<Json> {
        let free = Json::Bool(true);
        let items = schema.get("items").unwrap_or(&free);
        let words;
        let nodes = match (&node.value, &node.origin) {
            (Value::List(nodes), _) => nodes,
            // A variable has no lists: `a, b` and `[a, b]` stand for one.
            (Value::Scalar(scalar), Origin::Environment(_)) => {
                words = scalar::words(&scalar.text, node);
                &words
            }
            _ => return self.wrong(node, "a list", path),
        };
        let limit = |key: &str| schema.get(key).and_then(Json::as_u64);
        let length = nodes.len() as u64;
        let (least, most) = (limit("minItems").unwrap_or(0), limit("maxItems"));
        if length < least || most.is_some_and(|most| length > most) {
            let most = most.map_or_else(|| "any number of".into(), |most| most.to_string());
            let message = format!("`{path}` has {length} entries");
            let problem = Diagnostic::new(Code::OutOfRange, path, &node.origin, message);
            self.problems
                .push(problem.label("here").help(format!("give {least} to {most} entries")));
            return None;
        }
        let values = nodes.iter().enumerate();
        // Every entry is looked at, also after a wrong one.
        let values: Vec<Option<Json>> = values
            .map(|(index, node)| {
                let path = path.index(index);
                if node.is_null() {
                    return self.wrong(node, "an entry", &path);
                }
                self.value(node, items, &path)
            })
            .collect();
        Some(Json::Array(values.into_iter().flatten().collect()))
    }

    fn scalar(&mut self, node: &Node, schema: &Json, path: &Path) -> Option<Json> {
        let Value::Scalar(scalar) = &node.value else {
            return self.wrong(node, &scalar::expected(schema), path);
        };
        match scalar::read(scalar, node, schema, path) {
            Ok(value) => Some(value),
            Err(problem) => {
                self.problems.push(*problem);
                None
            }
        }
    }

    fn wrong(&mut self, node: &Node, expected: &str, path: &Path) -> Option<Json> {
        self.problems.push(scalar::wrong_type(node, expected, path));
        None
    }

    /// What stands for a map entry without a value.
    fn nothing(&self, schema: &Json) -> Json {
        match self.dereference(schema).get("type").and_then(Json::as_str) {
            Some("array") => json!([]),
            Some("object") => json!({}),
            _ => Json::Null,
        }
    }

    /// Follows references and, of alternatives, picks the one that has the shape of `node`.
    fn resolve(&self, schema: &Json, node: &Node) -> Json {
        let schema = self.dereference(schema);
        let Some(alternatives) = schema.get("anyOf").and_then(Json::as_array) else {
            return schema;
        };
        let wanted = match &node.value {
            Value::Map(_) => "object",
            Value::List(_) => "array",
            Value::Null | Value::Scalar(_) => "string",
        };
        let resolved: Vec<Json> = alternatives
            .iter()
            .map(|alternative| self.resolve(alternative, node))
            .filter(|alternative| alternative.get("type").is_none_or(|kind| kind != "null"))
            .collect();
        let fits = |schema: &&Json| schema.get("type").is_some_and(|kind| kind == wanted);
        resolved.iter().find(fits).or(resolved.first()).cloned().unwrap_or_default()
    }

    /// The schema a reference stands for, with what is written beside the reference. `null`, which
    /// an absent setting is anyway, is no type of its own.
    fn dereference(&self, schema: &Json) -> Json {
        let mut schema = schema.clone();
        let target =
            schema.get("$ref").and_then(Json::as_str).map(|way| way.trim_start_matches('#'));
        if let Some(Json::Object(target)) = target.and_then(|way| self.root.pointer(way)).cloned()
            && let Some(own) = schema.as_object_mut()
        {
            for (key, value) in target {
                own.entry(key).or_insert(value);
            }
        }
        if let Some(kinds) = schema.get("type").and_then(Json::as_array)
            && let Some(kind) = kinds.iter().find(|kind| *kind != "null").cloned()
            && let Some(own) = schema.as_object_mut()
        {
            own.insert("type".into(), kind);
        }
        schema
    }
}

/// Keys that appear twice in one map of a file.
pub(crate) fn duplicate_keys(node: &Node, path: &Path, problems: &mut Vec<Diagnostic>) {
    for (index, item) in node.items().iter().enumerate() {
        duplicate_keys(item, &path.index(index), problems);
    }
    for (place, entry) in node.entries().iter().enumerate() {
        let path = path.key(&entry.key);
        if let Some(first) = node.entries().iter().take(place).find(|first| first.key == entry.key)
        {
            let message = format!("key `{}` appears twice", entry.key);
            let problem = Diagnostic::new(Code::Syntax, &path, &entry.key_origin, message)
                .label("again here")
                .also(&first.key_origin, "first here")
                .help("remove one of the two, or put what they hold under one");
            problems.push(problem);
        }
        duplicate_keys(&entry.node, &path, problems);
    }
}

fn unknown_key<'a>(
    key: &str,
    origin: &Origin,
    path: &Path,
    known: impl Iterator<Item = &'a str>,
) -> Diagnostic {
    let owner = path.parent();
    let place = if owner.is_top() { "the configuration".into() } else { format!("`{owner}`") };
    let message = format!("unknown key `{key}` in {place}");
    let help = suggest::did_you_mean(key, known)
        .unwrap_or_else(|| "remove it, or begin its name with `x-` to keep a note".into());
    let label = format!("not a key of {place}");
    Diagnostic::new(Code::UnknownKey, path, origin, message).label(label).help(help)
}

/// What there is to say about a key that is known but does nothing.
fn note(key: &str, origin: &Origin, schema: &Json, path: &Path) -> Option<Diagnostic> {
    if schema.get("x-later").is_some() {
        let message = format!("`{path}` is not available in this version");
        let problem = Diagnostic::new(Code::NotAvailable, path, origin, message);
        return Some(
            problem.severity(Severity::Info).label("has no effect").help("remove it for now"),
        );
    }
    schema.get("deprecated")?;
    let message = format!("`{key}` has no effect any more");
    let help = schema.get("description").and_then(Json::as_str).unwrap_or_default();
    let problem = Diagnostic::new(Code::DeprecatedKey, path, origin, message);
    Some(problem.severity(Severity::Info).label("has no effect").help(help))
}
