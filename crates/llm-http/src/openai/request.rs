//! A request, to JSON, straight from the caller's own messages.

use bytes::Bytes;
use llm_core::{ChatRequest, Error, ErrorKind, Extras, Message, ModelId, Part, Result};
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::Value;

use super::{
    dialect::{Dialect, ReasoningStyle},
    outgoing::{Choice, Format, Messages, ReasoningObject, StreamOptions, Tools},
};

/// Writes the body of a request for `model`.
///
/// `additions` are fields that go with every request of this provider. The request's own extras
/// win over them and over every typed field; one that is null leaves the field out.
///
/// # Errors
///
/// [`ErrorKind::InvalidRequest`] for a request that no provider could serve,
/// [`ErrorKind::UnsupportedParam`] for what this dialect cannot express.
pub fn encode_request(
    model: &ModelId,
    request: &ChatRequest,
    stream: bool,
    dialect: &Dialect,
    additions: &Extras,
) -> Result<Bytes> {
    check(request, dialect)?;
    let body = Body { model, request, stream, dialect, additions };
    let size = request.messages.iter().flat_map(Message::content).map(part_size).sum::<usize>();
    let mut buffer = Vec::with_capacity(size + size / 8 + 512);
    serde_json::to_writer(&mut buffer, &body).map_err(|error| {
        Error::new(ErrorKind::Internal, "the request could not be written as JSON")
            .with_source(error)
    })?;
    Ok(Bytes::from(buffer))
}

fn part_size(part: &Part) -> usize {
    match part {
        Part::Text(text) => text.len() + 32,
        Part::Image(image) => match &image.source {
            llm_core::ImageSource::Base64 { data, .. } => data.len() + 64,
            _ => 256,
        },
        _ => 256,
    }
}

/// Refuses what cannot be expressed, naming it.
fn check(request: &ChatRequest, dialect: &Dialect) -> Result<()> {
    let refuse = |what: &str| Err(Error::new(ErrorKind::InvalidRequest, what));
    let unsupported = |what: &str| Err(Error::new(ErrorKind::UnsupportedParam, what));
    if request.messages.is_empty() && request.extras.get("messages").is_none_or(Value::is_null) {
        return refuse("the request holds no message");
    }
    for field in ["model", "stream"] {
        if request.extras.contains_key(field) {
            return refuse(&format!("extras must not hold `{field}`: the call itself says it"));
        }
    }
    if request.extras.get("n").is_some_and(|n| !n.is_null() && n.as_u64() != Some(1)) {
        return refuse("extras ask for several answers with `n`: one is read");
    }
    for part in request.messages.iter().flat_map(Message::content) {
        match part {
            Part::Text(_) | Part::Image(_) => {}
            Part::Other(value) if value.is_object() => {}
            _ => return refuse("a message holds a part that is no text, image or JSON object"),
        }
    }
    let sampling = &request.sampling;
    let floats = [
        ("temperature", sampling.temperature),
        ("top_p", sampling.top_p),
        ("frequency_penalty", sampling.frequency_penalty),
        ("presence_penalty", sampling.presence_penalty),
    ];
    for (name, value) in floats {
        if value.is_some_and(|value| !value.is_finite()) {
            return refuse(&format!("`{name}` is no finite number"));
        }
    }
    if sampling.top_k.is_some() && !dialect.top_k {
        return unsupported("this provider does not know `top_k`");
    }
    let budget = request
        .reasoning
        .as_ref()
        .is_some_and(|reasoning| reasoning.max_tokens.is_some() || reasoning.exclude.is_some());
    if budget && dialect.reasoning == ReasoningStyle::Effort {
        return unsupported(
            "this provider knows the effort of reasoning alone, no limit or exclusion",
        );
    }
    Ok(())
}

struct Body<'a> {
    model: &'a ModelId,
    request: &'a ChatRequest,
    stream: bool,
    dialect: &'a Dialect,
    additions: &'a Extras,
}

impl Serialize for Body<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { model, request, stream, dialect, additions } = *self;
        let mut fields = Fields { map: serializer.serialize_map(None)?, extras: &request.extras };
        fields.put("model", model)?;
        fields.put("messages", &Messages { messages: &request.messages, dialect })?;
        if !request.tools.is_empty() {
            fields.put("tools", &Tools(&request.tools))?;
        }
        fields.put_some("tool_choice", request.tool_choice.as_ref().map(Choice).as_ref())?;
        fields.put_some("parallel_tool_calls", request.parallel_tool_calls.as_ref())?;
        fields
            .put_some("response_format", request.response_format.as_ref().map(Format).as_ref())?;
        self.sampling(&mut fields)?;
        if let Some(reasoning) = &request.reasoning {
            match dialect.reasoning {
                ReasoningStyle::Object => fields.put("reasoning", &ReasoningObject(reasoning))?,
                ReasoningStyle::Effort => {
                    fields.put_some("reasoning_effort", reasoning.effort.as_ref())?;
                }
            }
        }
        if !request.metadata.is_empty() {
            fields.put("metadata", &*request.metadata)?;
        }
        fields.put_some("user", request.user.as_ref())?;
        if stream {
            fields.put("stream", &true)?;
            if dialect.ask_for_usage {
                fields.put("stream_options", &StreamOptions { include_usage: true })?;
            }
        }
        for (name, value) in additions {
            fields.put(name, value)?;
        }
        for (name, value) in request.extras.iter().filter(|(_, value)| !value.is_null()) {
            fields.map.serialize_entry(name, value)?;
        }
        fields.map.end()
    }
}

impl Body<'_> {
    fn sampling<M: SerializeMap>(&self, fields: &mut Fields<'_, M>) -> Result<(), M::Error> {
        let sampling = &self.request.sampling;
        fields.put_some("temperature", sampling.temperature.as_ref())?;
        fields.put_some("top_p", sampling.top_p.as_ref())?;
        fields.put_some("top_k", sampling.top_k.as_ref())?;
        fields.put_some("frequency_penalty", sampling.frequency_penalty.as_ref())?;
        fields.put_some("presence_penalty", sampling.presence_penalty.as_ref())?;
        fields.put_some(self.dialect.output_limit, sampling.max_tokens.as_ref())?;
        if !sampling.stop.is_empty() {
            fields.put("stop", &*sampling.stop)?;
        }
        fields.put_some("seed", sampling.seed.as_ref())
    }
}

/// The fields of the body. One that the extras hold too is left to them.
struct Fields<'a, M> {
    map: M,
    extras: &'a Extras,
}

impl<M: SerializeMap> Fields<'_, M> {
    fn put<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), M::Error> {
        if self.extras.contains_key(name) {
            return Ok(());
        }
        self.map.serialize_entry(name, value)
    }

    fn put_some<T: Serialize>(&mut self, name: &str, value: Option<&T>) -> Result<(), M::Error> {
        value.map_or(Ok(()), |value| self.put(name, value))
    }
}
