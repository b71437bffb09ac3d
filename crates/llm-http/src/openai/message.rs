//! What a model said, in a whole message or a delta.

use std::fmt;

use llm_core::{Extras, Part};
use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, Visitor},
};
use serde_json::{Value, value::RawValue};

use super::content::{Content, part_of};
use crate::{number, word::Word};

/// What a model said. Fields without a name here are kept as they came; of a field given twice
/// the last one stands.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) content: Content,
    pub(super) reasoning: Option<String>,
    pub(super) refusal: Option<String>,
    pub(super) images: Vec<Part>,
    pub(super) tool_calls: Vec<ToolFragment>,
    pub(super) extras: Extras,
}

/// A tool call, or a piece of one.
#[derive(Debug, Default)]
pub(super) struct ToolFragment {
    pub(super) index: Option<u64>,
    pub(super) id: Option<String>,
    pub(super) name: Option<String>,
    pub(super) arguments: String,
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum Field {
    Role,
    Content,
    Reasoning,
    ReasoningContent,
    Refusal,
    Images,
    ToolCalls,
    Other(String),
}

impl<'de> Deserialize<'de> for Said {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(SaidVisitor)
    }
}

struct SaidVisitor;

impl<'de> Visitor<'de> for SaidVisitor {
    type Value = Said;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a message")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Said, A::Error> {
        let mut said = Said::default();
        // Some servers send the reasoning under both names.
        let mut second_name = None;
        while let Some(field) = map.next_key()? {
            match field {
                Field::Role => drop(map.next_value::<IgnoredAny>()?),
                Field::Content => said.content = map.next_value()?,
                Field::Reasoning => said.reasoning = map.next_value::<Word<'_>>()?.into_string(),
                Field::ReasoningContent => {
                    second_name = map.next_value::<Word<'_>>()?.into_string();
                }
                Field::Refusal => said.refusal = map.next_value::<Word<'_>>()?.into_string(),
                Field::Images => {
                    let images: Option<Vec<Value>> = map.next_value()?;
                    said.images = images.into_iter().flatten().map(part_of).collect();
                }
                Field::ToolCalls => {
                    let calls: Option<Vec<Option<CallWire<'_>>>> = map.next_value()?;
                    let calls = calls.into_iter().flatten().flatten();
                    said.tool_calls = calls.map(ToolFragment::from).collect();
                }
                Field::Other(name) => match map.next_value()? {
                    Value::Null => {}
                    value => drop(said.extras.insert(name, value)),
                },
            }
        }
        said.reasoning = said.reasoning.or(second_name);
        Ok(said)
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct CallWire<'a> {
    #[serde(borrow)]
    index: Option<&'a RawValue>,
    #[serde(borrow)]
    id: Word<'a>,
    #[serde(borrow)]
    function: Option<FunctionWire<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct FunctionWire<'a> {
    #[serde(borrow)]
    name: Word<'a>,
    #[serde(borrow)]
    arguments: Option<&'a RawValue>,
}

impl From<CallWire<'_>> for ToolFragment {
    fn from(wire: CallWire<'_>) -> Self {
        let function = wire.function.unwrap_or_default();
        Self {
            index: wire.index.and_then(number::count),
            id: wire.id.into_string(),
            name: function.name.into_string(),
            arguments: function.arguments.map(arguments_of).unwrap_or_default(),
        }
    }
}

/// The arguments' text. Some servers send an object instead of its text.
fn arguments_of(raw: &RawValue) -> String {
    let text = raw.get();
    serde_json::from_str(text).unwrap_or_else(|_| text.to_owned())
}
