//! The parts of a request's body, as views of the caller's own values.

use llm_core::{
    AssistantMessage, ImageSource, Message, Part, Reasoning, ResponseFormat, Tool, ToolCall,
    ToolChoice,
};
use serde::{
    Serialize, Serializer,
    ser::{Error as _, SerializeMap, SerializeSeq},
};

use super::dialect::Dialect;

/// The conversation.
pub(super) struct Messages<'a> {
    pub(super) messages: &'a [Message],
    pub(super) dialect: &'a Dialect,
}

impl Serialize for Messages<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let views = self.messages.iter().map(|message| (message, self.dialect));
        serializer.collect_seq(views.map(|(message, dialect)| MessageView { message, dialect }))
    }
}

struct MessageView<'a> {
    message: &'a Message,
    dialect: &'a Dialect,
}

impl Serialize for MessageView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self.message {
            Message::System { content } => {
                map.serialize_entry("role", "system")?;
                map.serialize_entry("content", &Content(content))?;
            }
            Message::User { content, name } => {
                map.serialize_entry("role", "user")?;
                map.serialize_entry("content", &Content(content))?;
                if let Some(name) = name {
                    map.serialize_entry("name", name)?;
                }
            }
            Message::Assistant(message) => assistant(&mut map, message, self.dialect)?,
            Message::Tool { tool_call_id, content } => {
                map.serialize_entry("role", "tool")?;
                map.serialize_entry("tool_call_id", tool_call_id)?;
                map.serialize_entry("content", &Content(content))?;
            }
            _ => return Err(S::Error::custom("a message of an unknown role")),
        }
        map.end()
    }
}

/// What a model said earlier, with everything the provider wants back. Images it made stand in a
/// field of their own, as they came.
fn assistant<M: SerializeMap>(
    map: &mut M,
    message: &AssistantMessage,
    dialect: &Dialect,
) -> Result<(), M::Error> {
    let AssistantMessage { content, reasoning, refusal, tool_calls, extras } = message;
    let typed = |name: &str| !extras.contains_key(name);
    let is_image = |part: &Part| matches!(part, Part::Image(_));
    map.serialize_entry("role", "assistant")?;
    if typed("content") {
        if content.is_empty() || content.iter().all(is_image) {
            map.serialize_entry("content", &())?;
        } else if content.iter().any(is_image) {
            let said: Vec<&Part> = content.iter().filter(|part| !is_image(part)).collect();
            match said.as_slice() {
                [Part::Text(text)] => map.serialize_entry("content", text)?,
                _ => map.serialize_entry("content", &Parts(said.into_iter()))?,
            }
        } else {
            map.serialize_entry("content", &Content(content))?;
        }
    }
    if content.iter().any(is_image) && typed("images") {
        let images: Vec<&Part> = content.iter().filter(|part| is_image(part)).collect();
        map.serialize_entry("images", &Parts(images.into_iter()))?;
    }
    if let (Some(field), Some(reasoning)) = (dialect.earlier_reasoning, reasoning)
        && typed(field)
    {
        map.serialize_entry(field, reasoning)?;
    }
    if let Some(refusal) = refusal.as_ref().filter(|_| typed("refusal")) {
        map.serialize_entry("refusal", refusal)?;
    }
    if !tool_calls.is_empty() && typed("tool_calls") {
        map.serialize_entry("tool_calls", &Calls(tool_calls))?;
    }
    extras.iter().try_for_each(|(name, value)| map.serialize_entry(name, value))
}

/// Content: text alone as text, anything else as a list of parts.
struct Content<'a>(&'a [Part]);

impl Serialize for Content<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            [] => serializer.serialize_str(""),
            [Part::Text(text)] => serializer.serialize_str(text),
            parts => Parts(parts.iter()).serialize(serializer),
        }
    }
}

struct Parts<I>(I);

impl<'a, I: Iterator<Item = &'a Part> + Clone> Serialize for Parts<I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut sequence = serializer.serialize_seq(None)?;
        for part in self.0.clone() {
            match part {
                Part::Text(text) => {
                    sequence.serialize_element(&TextPart { r#type: "text", text })?;
                }
                Part::Image(image) => {
                    let image_url = ImageView { url: Url(&image.source), detail: &image.detail };
                    sequence.serialize_element(&ImagePart { r#type: "image_url", image_url })?;
                }
                Part::Other(value) => sequence.serialize_element(value)?,
                _ => return Err(S::Error::custom("a part of an unknown kind")),
            }
        }
        sequence.end()
    }
}

#[derive(Serialize)]
struct TextPart<'a> {
    r#type: &'static str,
    text: &'a str,
}

#[derive(Serialize)]
struct ImagePart<'a> {
    r#type: &'static str,
    image_url: ImageView<'a>,
}

#[derive(Serialize)]
struct ImageView<'a> {
    url: Url<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: &'a Option<String>,
}

struct Url<'a>(&'a ImageSource);

impl Serialize for Url<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            ImageSource::Url(url) => serializer.serialize_str(url),
            ImageSource::Base64 { media_type, data } => {
                serializer.collect_str(&format_args!("data:{media_type};base64,{data}"))
            }
            _ => Err(S::Error::custom("an image of an unknown source")),
        }
    }
}

struct Calls<'a>(&'a [ToolCall]);

impl Serialize for Calls<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|call| CallView {
            id: &call.id,
            r#type: "function",
            function: FunctionView { name: &call.name, arguments: &call.arguments },
        }))
    }
}

#[derive(Serialize)]
struct CallView<'a> {
    id: &'a str,
    r#type: &'static str,
    function: FunctionView<'a>,
}

#[derive(Serialize)]
struct FunctionView<'a> {
    name: &'a str,
    arguments: &'a str,
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
                parameters: &tool.parameters,
                strict: tool.strict,
            },
        }))
    }
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
    parameters: &'a serde_json::Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    strict: Option<bool>,
}

/// Whether and which tool must be called.
pub(super) struct Choice<'a>(pub(super) &'a ToolChoice);

impl Serialize for Choice<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            ToolChoice::Auto => serializer.serialize_str("auto"),
            ToolChoice::None => serializer.serialize_str("none"),
            ToolChoice::Required => serializer.serialize_str("required"),
            ToolChoice::Function(name) => {
                NamedChoice { r#type: "function", function: Name { name } }.serialize(serializer)
            }
            _ => Err(S::Error::custom("a tool choice of an unknown kind")),
        }
    }
}

#[derive(Serialize)]
struct NamedChoice<'a> {
    r#type: &'static str,
    function: Name<'a>,
}

#[derive(Serialize)]
struct Name<'a> {
    name: &'a str,
}

/// The form of the answer.
pub(super) struct Format<'a>(pub(super) &'a ResponseFormat);

impl Serialize for Format<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self.0 {
            ResponseFormat::Text => map.serialize_entry("type", "text")?,
            ResponseFormat::JsonObject => map.serialize_entry("type", "json_object")?,
            ResponseFormat::JsonSchema { name, schema, strict } => {
                map.serialize_entry("type", "json_schema")?;
                let schema = SchemaView { name, strict: *strict, schema };
                map.serialize_entry("json_schema", &schema)?;
            }
            _ => return Err(S::Error::custom("a response format of an unknown kind")),
        }
        map.end()
    }
}

#[derive(Serialize)]
struct SchemaView<'a> {
    name: &'a str,
    strict: bool,
    schema: &'a serde_json::Value,
}

/// How hard to think, as an object.
pub(super) struct ReasoningObject<'a>(pub(super) &'a Reasoning);

impl Serialize for ReasoningObject<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Reasoning { effort, max_tokens, exclude, .. } = self.0;
        let mut map = serializer.serialize_map(None)?;
        if let Some(effort) = effort {
            map.serialize_entry("effort", effort)?;
        }
        if let Some(max_tokens) = max_tokens {
            map.serialize_entry("max_tokens", max_tokens)?;
        }
        if let Some(exclude) = exclude {
            map.serialize_entry("exclude", exclude)?;
        }
        map.end()
    }
}

/// Asks for usage at the end of a stream.
#[derive(Serialize)]
pub(super) struct StreamOptions {
    pub(super) include_usage: bool,
}
