//! A request, to JSON, straight from the caller's own messages.

use bytes::Bytes;
use llm_core::{
    ChatRequest, Error, ErrorKind, Message, ModelId, Part, Reasoning, ResponseFormat, Result,
    ToolChoice,
};
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::Value;

use super::{
    check::check,
    outgoing::{Messages, Tools, image_data},
};
use crate::config::KeepAlive;

/// Writes the body of a request for `model`. The request's extras win over everything else; those
/// under `options` key by key.
///
/// # Errors
///
/// [`ErrorKind::InvalidRequest`] for what no provider could serve,
/// [`ErrorKind::UnsupportedParam`] for what Ollama's API cannot express.
pub(crate) fn encode(
    model: &ModelId,
    request: &ChatRequest,
    stream: bool,
    keep_alive: Option<KeepAlive>,
) -> Result<Bytes> {
    check(request)?;
    let body = Body { model, request, stream, keep_alive };
    let size = request.messages.iter().flat_map(Message::content).map(part_size).sum::<usize>();
    let mut buffer = Vec::with_capacity(size + size / 8 + 512);
    serde_json::to_writer(&mut buffer, &body).map_err(|error| {
        Error::new(ErrorKind::Internal, "the request could not be written as JSON")
            .with_source(error)
    })?;
    Ok(Bytes::from(buffer))
}

fn part_size(part: &Part) -> usize {
    32 + part.as_text().or_else(|| image_data(part)).map_or(0, str::len)
}

struct Body<'a> {
    model: &'a ModelId,
    request: &'a ChatRequest,
    stream: bool,
    keep_alive: Option<KeepAlive>,
}

impl Serialize for Body<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { model, request, stream, keep_alive } = *self;
        let extras = &*request.extras;
        let typed = |name: &str| !extras.contains_key(name);
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("model", model)?;
        if typed("messages") {
            map.serialize_entry("messages", &Messages(&request.messages))?;
        }
        if offers_tools(request) && typed("tools") {
            map.serialize_entry("tools", &Tools(&request.tools))?;
        }
        if let Some(format) = request.response_format.as_ref().and_then(format)
            && typed("format")
        {
            map.serialize_entry("format", &format)?;
        }
        if let Some(reasoning) = request.reasoning.as_ref().filter(|_| typed("think")) {
            map.serialize_entry("think", &think(reasoning))?;
        }
        if let Some(keep_alive) = keep_alive.filter(|_| typed("keep_alive")) {
            map.serialize_entry("keep_alive", &keep_alive)?;
        }
        let options = Options::of(request);
        if !options.is_empty() {
            map.serialize_entry("options", &options)?;
        }
        // Left out, what does not fit is dropped without a word: of the prompt before the answer
        // begins, of the whole conversation while it grows.
        for field in ["truncate", "shift"].into_iter().filter(|field| typed(field)) {
            map.serialize_entry(field, &false)?;
        }
        // Left out, it means a stream.
        map.serialize_entry("stream", &stream)?;
        let extras = extras.iter().filter(|(name, value)| *name != "options" || !value.is_object());
        for (name, value) in extras {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// Whether tools are sent: a model that may call none is offered none, which Ollama has no other
/// way to say.
fn offers_tools(request: &ChatRequest) -> bool {
    !request.tools.is_empty() && request.tool_choice != Some(ToolChoice::None)
}

/// The form of the answer: `json`, or the schema itself.
fn format(format: &ResponseFormat) -> Option<&Value> {
    static JSON: std::sync::LazyLock<Value> = std::sync::LazyLock::new(|| Value::from("json"));
    match format {
        ResponseFormat::JsonObject => Some(&JSON),
        ResponseFormat::JsonSchema { schema, .. } => Some(schema),
        _ => None,
    }
}

/// Whether to think, and how hard.
fn think(reasoning: &Reasoning) -> Value {
    match reasoning.effort.as_deref() {
        None => Value::Bool(true),
        Some("none") => Value::Bool(false),
        Some(effort) => Value::from(effort),
    }
}

/// How tokens are chosen and how many, under Ollama's names.
struct Options<'a> {
    request: &'a ChatRequest,
    /// Those of the request's extras.
    own: Option<&'a Value>,
}

impl<'a> Options<'a> {
    fn of(request: &'a ChatRequest) -> Self {
        Self { request, own: request.extras.get("options") }
    }

    /// Whether there is nothing to say, or the extras say it all.
    fn is_empty(&self) -> bool {
        let sampling = &self.request.sampling;
        match self.own {
            Some(Value::Object(_)) => false,
            Some(_) => true,
            None => *sampling == llm_core::Sampling::default(),
        }
    }
}

impl Serialize for Options<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let own = self.own.and_then(Value::as_object);
        let sampling = &self.request.sampling;
        let mut fields = Fields { map: serializer.serialize_map(None)?, own };
        fields.put("num_predict", sampling.max_tokens.as_ref())?;
        fields.put("temperature", sampling.temperature.as_ref())?;
        fields.put("top_p", sampling.top_p.as_ref())?;
        fields.put("top_k", sampling.top_k.as_ref())?;
        fields.put("frequency_penalty", sampling.frequency_penalty.as_ref())?;
        fields.put("presence_penalty", sampling.presence_penalty.as_ref())?;
        fields.put("stop", Some(&*sampling.stop).filter(|stop| !stop.is_empty()))?;
        fields.put("seed", sampling.seed.as_ref())?;
        for (name, value) in own.into_iter().flatten() {
            fields.map.serialize_entry(name, value)?;
        }
        fields.map.end()
    }
}

/// The options. One that the extras hold too is left to them.
struct Fields<'a, M> {
    map: M,
    own: Option<&'a serde_json::Map<String, Value>>,
}

impl<M: SerializeMap> Fields<'_, M> {
    fn put<T: Serialize + ?Sized>(
        &mut self,
        name: &str,
        value: Option<&T>,
    ) -> Result<(), M::Error> {
        match value.filter(|_| self.own.is_none_or(|own| !own.contains_key(name))) {
            Some(value) => self.map.serialize_entry(name, value),
            None => Ok(()),
        }
    }
}
