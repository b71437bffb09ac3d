//! The configuration as a tree in which every value knows where it comes from.

use super::origin::Origin;

/// A value of the configuration.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) value: Value,
    pub(crate) origin: Origin,
    /// Whether a variable's value went into it, so that it must not be shown.
    pub(crate) is_private: bool,
    /// The variable that should have given a key, and is not set.
    pub(crate) missing: Option<String>,
}

#[derive(Clone)]
pub(crate) enum Value {
    Null,
    Scalar(Scalar),
    List(Vec<Node>),
    /// In the order of the file.
    Map(Vec<Entry>),
}

/// A scalar as it was written: what it means depends on the place where it stands.
#[derive(Clone)]
pub(crate) struct Scalar {
    pub(crate) text: String,
    pub(crate) kind: ScalarKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ScalarKind {
    Bool,
    Number,
    Text,
}

#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) key_origin: Origin,
    pub(crate) node: Node,
}

impl Node {
    pub(crate) const fn new(value: Value, origin: Origin) -> Self {
        Self { value, origin, is_private: false, missing: None }
    }

    pub(crate) fn text(text: impl Into<String>, origin: Origin) -> Self {
        let scalar = Scalar { text: text.into(), kind: ScalarKind::Text };
        Self::new(Value::Scalar(scalar), origin)
    }

    /// A value that code or a default gives.
    pub(crate) fn from_json(json: &serde_json::Value, origin: &Origin) -> Self {
        use serde_json::Value as Json;
        let scalar = |text: String, kind| Value::Scalar(Scalar { text, kind });
        let value = match json {
            Json::Null => Value::Null,
            Json::Bool(value) => scalar(value.to_string(), ScalarKind::Bool),
            Json::Number(value) => scalar(value.to_string(), ScalarKind::Number),
            Json::String(value) => scalar(value.clone(), ScalarKind::Text),
            Json::Array(values) => {
                Value::List(values.iter().map(|value| Self::from_json(value, origin)).collect())
            }
            Json::Object(values) => {
                let entry = |(key, value): (&String, &Json)| Entry {
                    key: key.clone(),
                    key_origin: origin.clone(),
                    node: Self::from_json(value, origin),
                };
                Value::Map(values.iter().map(entry).collect())
            }
        };
        Self::new(value, origin.clone())
    }

    /// What free-form settings, which have no schema, mean.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        use serde_json::Value as Json;
        match &self.value {
            Value::Null => Json::Null,
            Value::Scalar(Scalar { text, kind: ScalarKind::Text }) => Json::String(text.clone()),
            Value::Scalar(Scalar { text, .. }) => serde_json::from_str(&text.to_ascii_lowercase())
                .unwrap_or_else(|_| Json::String(text.clone())),
            Value::List(nodes) => Json::Array(nodes.iter().map(Self::to_json).collect()),
            Value::Map(entries) => Json::Object(
                entries.iter().map(|entry| (entry.key.clone(), entry.node.to_json())).collect(),
            ),
        }
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    pub(crate) fn items(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    pub(crate) fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|entry| &entry.node)
    }

    /// The value at the end of the way through `keys`.
    pub(crate) fn at(&self, keys: &[&str]) -> Option<&Self> {
        keys.iter().try_fold(self, |node, key| node.get(key))
    }

    pub(crate) fn as_text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(scalar) => Some(&scalar.text),
            _ => None,
        }
    }

    pub(crate) const fn is_null(&self) -> bool {
        matches!(self.value, Value::Null)
    }

    /// What kind of value it is, in words.
    pub(crate) const fn kind(&self) -> &'static str {
        match &self.value {
            Value::Null => "nothing",
            Value::Scalar(Scalar { kind: ScalarKind::Bool, .. }) => "a boolean",
            Value::Scalar(Scalar { kind: ScalarKind::Number, .. }) => "a number",
            Value::Scalar(Scalar { kind: ScalarKind::Text, .. }) => "text",
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
        }
    }

    /// The value as far as a message may show it: never what came from the environment.
    pub(crate) fn shown(&self) -> Option<&str> {
        let hidden = self.is_private || matches!(self.origin, Origin::Environment(_));
        if hidden { None } else { self.as_text() }
    }
}

/// Values may be secrets: only their kind is printed.
impl std::fmt::Debug for Value {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Null => formatter.write_str("Null"),
            Self::Scalar(scalar) => write!(formatter, "Scalar({:?})", scalar.kind),
            Self::List(nodes) => formatter.debug_list().entries(nodes).finish(),
            Self::Map(entries) => formatter.debug_list().entries(entries).finish(),
        }
    }
}
