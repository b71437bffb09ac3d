//! The content of a message: text, or a list of parts.

use std::fmt;

use llm_core::{Image, Part};
use serde::{
    Deserialize, Deserializer,
    de::{SeqAccess, Visitor},
};
use serde_json::Value;

/// The content of a message or delta.
#[derive(Debug, Default, PartialEq)]
pub(super) enum Content {
    /// None.
    #[default]
    Nothing,
    /// Text alone, as most answers are.
    Text(String),
    /// A list of parts.
    Parts(Vec<Part>),
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ContentVisitor)
    }
}

struct ContentVisitor;

impl<'de> Visitor<'de> for ContentVisitor {
    type Value = Content;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("text, a list of parts or null")
    }

    fn visit_str<E>(self, text: &str) -> Result<Content, E> {
        Ok(Content::Text(text.to_owned()))
    }

    fn visit_unit<E>(self) -> Result<Content, E> {
        Ok(Content::Nothing)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Content, A::Error> {
        let mut parts = Vec::new();
        while let Some(part) = sequence.next_element::<Value>()? {
            parts.push(part_of(part));
        }
        Ok(Content::Parts(parts))
    }
}

/// A part as this project knows it, or as it came.
pub(super) fn part_of(value: Value) -> Part {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let kind = value.get("type").and_then(Value::as_str).unwrap_or_default();
    let known = match kind {
        "text" | "output_text" => value.get("text").and_then(text).map(Part::Text),
        "image_url" => value.get("image_url").and_then(image_of).map(Part::Image),
        _ => None,
    };
    match (known, value) {
        (Some(part), _) => part,
        (None, Value::String(text)) => Part::Text(text),
        (None, value) => Part::Other(value),
    }
}

fn image_of(value: &Value) -> Option<Image> {
    let url = value.as_str().or_else(|| value.get("url")?.as_str())?;
    let inline = url.strip_prefix("data:").and_then(|rest| rest.split_once(";base64,"));
    let mut image = match inline {
        Some((media_type, data)) => Image::base64(media_type, data),
        None => Image::url(url),
    };
    image.detail = value.get("detail").and_then(Value::as_str).map(str::to_owned);
    Some(image)
}
