//! Reads YAML into a tree in which every scalar keeps its text and its place.

use std::{fmt, sync::Arc};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor},
};
use serde_saphyr::{
    DuplicateKeyPolicy, Location, Spanned,
    options::{MergeKeyPolicy, NonFiniteFloatPolicy},
};

use super::{
    diagnostic::Diagnostic,
    mask,
    node::{Entry, Node, Scalar, ScalarKind, Value},
    origin::Origin,
    source::{SourceFile, Span},
    syntax,
};

/// Reads the file `name`.
///
/// The text of a plain scalar is what the file says, also where YAML would make a number or a
/// boolean of it: a model may be called `012` or `no`.
///
/// # Errors
/// What is wrong, at its place, when the text is not YAML or needs more than a configuration may.
pub(crate) fn read(name: &str, text: &str) -> Result<Node, Box<Diagnostic>> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_events: 50_000,
            max_nodes: 20_000,
            max_depth: 32,
            flow_nesting_limit: 32,
            max_aliases: 1_000,
            max_anchors: 1_000,
            max_recorded_anchor_events: 20_000,
            max_documents: 1,
        },
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: 20_000,
            max_replay_stack_depth: 16,
        },
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        merge_keys: MergeKeyPolicy::Merge,
        non_finite_float_policy: NonFiniteFloatPolicy::AsString,
        strict_booleans: true,
        null_as_string: true,
        with_snippet: false,
    };
    match serde_saphyr::from_str_with_options::<Spanned<Raw>>(text, options) {
        Ok(raw) => {
            let mut secrets = Vec::new();
            find_secrets(&raw, false, text, &mut secrets);
            let file = SourceFile::new(name, text, &secrets);
            Ok(node(raw, text, &file))
        }
        Err(error) => Err(Box::new(syntax::problem(&error, name, text))),
    }
}

/// A value as YAML sees it.
enum Raw {
    Null,
    Plain(ScalarKind),
    Text(String),
    List(Vec<Spanned<Self>>),
    Map(Vec<(Spanned<String>, Spanned<Self>)>),
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Raw, E> {
        Ok(Raw::Plain(ScalarKind::Bool))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Raw, E> {
        Ok(Raw::Plain(ScalarKind::Number))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Raw, E> {
        Ok(Raw::Plain(ScalarKind::Number))
    }

    fn visit_i128<E>(self, _: i128) -> Result<Raw, E> {
        Ok(Raw::Plain(ScalarKind::Number))
    }

    fn visit_u128<E>(self, _: u128) -> Result<Raw, E> {
        Ok(Raw::Plain(ScalarKind::Number))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Raw, E> {
        Ok(Raw::Plain(ScalarKind::Number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Raw, E> {
        Ok(Raw::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Raw, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Raw::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Raw, A::Error> {
        let mut map = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            map.push(entry);
        }
        Ok(Raw::Map(map))
    }
}

fn node(raw: Spanned<Raw>, text: &str, file: &Arc<SourceFile>) -> Node {
    let span = span(&raw.defined, text);
    let value = match raw.value {
        Raw::Null => Value::Null,
        Raw::Plain(kind) => {
            let text = text.get(span.start..span.end()).unwrap_or_default().trim().to_owned();
            Value::Scalar(Scalar { text, kind })
        }
        Raw::Text(text) => Value::Scalar(Scalar { text, kind: ScalarKind::Text }),
        Raw::List(items) => {
            Value::List(items.into_iter().map(|item| node(item, text, file)).collect())
        }
        Raw::Map(entries) => {
            let entry = |(key, value): (Spanned<String>, Spanned<Raw>)| Entry {
                key_origin: origin(span_of_key(&key, text), file),
                key: key.value,
                node: node(value, text, file),
            };
            Value::Map(entries.into_iter().map(entry).collect())
        }
    };
    Node::new(value, origin(span, file))
}

/// Places of values that must not be shown: keys and headers written out.
fn find_secrets(raw: &Spanned<Raw>, is_secret: bool, text: &str, found: &mut Vec<Span>) {
    match &raw.value {
        Raw::Text(value) if is_secret && !value.starts_with("${") => {
            found.push(span(&raw.defined, text));
        }
        Raw::Plain(_) if is_secret => found.push(span(&raw.defined, text)),
        Raw::Null | Raw::Plain(_) | Raw::Text(_) => {}
        Raw::List(items) => {
            for item in items {
                find_secrets(item, is_secret, text, found);
            }
        }
        Raw::Map(entries) => {
            for (key, value) in entries {
                let named = key.value == "headers" || mask::is_secret_name(&key.value);
                find_secrets(value, is_secret || named, text, found);
            }
        }
    }
}

fn span_of_key(key: &Spanned<String>, text: &str) -> Span {
    span(&key.defined, text)
}

/// The bytes of a place, without what follows its last line.
fn span(location: &Location, text: &str) -> Span {
    let place = location.span();
    let number = |value: Option<u64>| value.and_then(|value| usize::try_from(value).ok());
    let start = number(place.byte_offset()).unwrap_or_default().min(text.len());
    let length = number(place.byte_len()).unwrap_or_default().min(text.len() - start);
    let covered = text.get(start..start + length).unwrap_or_default();
    Span { start, length: covered.trim_end().len() }
}

fn origin(span: Span, file: &Arc<SourceFile>) -> Origin {
    Origin::File { file: Arc::clone(file), span }
}
