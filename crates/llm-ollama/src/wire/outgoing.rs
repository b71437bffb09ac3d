//! The parts of a request's body, as views of the caller's own values.

use std::{borrow::Cow, sync::LazyLock};

use llm_core::{AssistantMessage, ImageSource, Message, Part, Tool};
use serde::{
    Serialize, Serializer,
    ser::{Error as _, SerializeMap},
};
use serde_json::{Map, Value, json, value::RawValue};

/// The conversation.
pub(super) struct Messages<'a>(pub(super) &'a [Message]);

impl Serialize for Messages<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let views = self.0.iter().enumerate();
        serializer.collect_seq(views.map(|(place, message)| MessageView {
            message,
            earlier: self.0.get(..place).unwrap_or_default(),
        }))
    }
}

struct MessageView<'a> {
    message: &'a Message,
    /// What was said before it.
    earlier: &'a [Message],
}

impl Serialize for MessageView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self.message {
            Message::System { content } => said(&mut map, "system", content)?,
            Message::User { content, .. } => said(&mut map, "user", content)?,
            Message::Assistant(message) => assistant(&mut map, message)?,
            Message::Tool { tool_call_id, content } => {
                said(&mut map, "tool", content)?;
                if let Some(name) = called(self.earlier, tool_call_id) {
                    map.serialize_entry("tool_name", name)?;
                }
                map.serialize_entry("tool_call_id", tool_call_id)?;
            }
            _ => return Err(S::Error::custom("a message of an unknown role")),
        }
        map.end()
    }
}

/// The tool behind a call. The last call of this id counts, because an id made here begins anew
/// with each answer.
fn called<'a>(earlier: &'a [Message], id: &str) -> Option<&'a str> {
    let mut calls = earlier.iter().rev().flat_map(Message::tool_calls);
    calls.find(|call| call.id == id).map(|call| call.name.as_str())
}

fn said<M: SerializeMap>(map: &mut M, role: &str, content: &[Part]) -> Result<(), M::Error> {
    map.serialize_entry("role", role)?;
    map.serialize_entry("content", &text(content, "\n"))?;
    put_images(map, content)
}

/// What a model said earlier, with everything the server wants back.
fn assistant<M: SerializeMap>(map: &mut M, message: &AssistantMessage) -> Result<(), M::Error> {
    let AssistantMessage { content, reasoning, refusal, tool_calls, extras } = message;
    let typed = |name: &str| !extras.contains_key(name);
    map.serialize_entry("role", "assistant")?;
    if typed("content") {
        let text = text(content, "");
        match refusal {
            // The wire does not tell a refusal from other text.
            Some(refusal) => map.serialize_entry("content", &format!("{text}{refusal}"))?,
            None => map.serialize_entry("content", &text)?,
        }
    }
    if let Some(reasoning) = reasoning.as_ref().filter(|_| typed("thinking")) {
        map.serialize_entry("thinking", reasoning)?;
    }
    if typed("images") {
        put_images(map, content)?;
    }
    if !tool_calls.is_empty() && typed("tool_calls") {
        let calls = tool_calls.iter().map(|call| CallView {
            id: &call.id,
            function: FunctionView { name: &call.name, arguments: Arguments(&call.arguments) },
        });
        map.serialize_entry("tool_calls", &calls.collect::<Vec<_>>())?;
    }
    extras.iter().try_for_each(|(name, value)| map.serialize_entry(name, value))
}

/// The texts among the parts, joined.
fn text<'a>(content: &'a [Part], separator: &str) -> Cow<'a, str> {
    let mut texts = content.iter().filter_map(Part::as_text);
    match (texts.next(), texts.next()) {
        (None, _) => Cow::Borrowed(""),
        (Some(text), None) => Cow::Borrowed(text),
        (Some(_), Some(_)) => {
            let texts: Vec<_> = content.iter().filter_map(Part::as_text).collect();
            Cow::Owned(texts.join(separator))
        }
    }
}

fn put_images<M: SerializeMap>(map: &mut M, content: &[Part]) -> Result<(), M::Error> {
    let images: Vec<_> = content.iter().filter_map(image_data).collect();
    if images.is_empty() { Ok(()) } else { map.serialize_entry("images", &images) }
}

/// The bytes of an image in base64; `None` for what is no image, and for one that is elsewhere.
pub(super) fn image_data(part: &Part) -> Option<&str> {
    let Part::Image(image) = part else { return None };
    match &image.source {
        ImageSource::Base64 { data, .. } => Some(data),
        ImageSource::Url(url) => {
            let (media, data) = url.strip_prefix("data:")?.split_once(',')?;
            media.ends_with(";base64").then_some(data)
        }
        _ => None,
    }
}

#[derive(Serialize)]
struct CallView<'a> {
    id: &'a str,
    function: FunctionView<'a>,
}

#[derive(Serialize)]
struct FunctionView<'a> {
    name: &'a str,
    arguments: Arguments<'a>,
}

/// The arguments of a call, as the object they are the text of.
struct Arguments<'a>(&'a str);

impl Serialize for Arguments<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match arguments(self.0) {
            Some(object) => object.serialize(serializer),
            None => Err(S::Error::custom("arguments that are no object")),
        }
    }
}

/// The object that a call's arguments are the text of; none at all are an empty one.
pub(super) fn arguments(text: &str) -> Option<&RawValue> {
    let text = if text.trim().is_empty() { "{}" } else { text };
    let raw: &RawValue = serde_json::from_str(text).ok()?;
    raw.get().starts_with('{').then_some(raw)
}

/// The tools on offer.
pub(super) struct Tools<'a>(pub(super) &'a [Tool]);

impl Serialize for Tools<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|tool| ToolView {
            r#type: "function",
            function: ToolFunction {
                name: &tool.name,
                description: &tool.description,
                parameters: parameters(&tool.parameters),
            },
        }))
    }
}

/// The schema of a tool's arguments, which are an object even where nothing is said of them.
fn parameters(schema: &Value) -> &Value {
    static ANY: LazyLock<Value> = LazyLock::new(|| json!({"type": "object"}));
    let says_nothing = schema.as_object().is_none_or(Map::is_empty);
    if says_nothing { &ANY } else { schema }
}

#[derive(Serialize)]
struct ToolView<'a> {
    r#type: &'static str,
    function: ToolFunction<'a>,
}

#[derive(Serialize)]
struct ToolFunction<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: &'a Option<String>,
    parameters: &'a Value,
}
