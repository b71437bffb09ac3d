//! A request's body, or why there can be none.

use bytes::Bytes;
use llm_core::{ChatRequest, Error, ErrorKind, Message, ModelId, ResponseFormat, Result, Sampling};
use serde_json::{Value, json};

/// Writes the body of a call of `model`.
///
/// # Errors
///
/// What Quill cannot say is refused: another model may be able to.
pub(crate) fn encode(model: &ModelId, request: &ChatRequest, live: bool) -> Result<Bytes> {
    check(request)?;
    let turns = request.messages.iter().map(turn).collect::<Result<Vec<_>>>()?;
    let mut body = json!({"engine": model.as_str(), "live": live, "turns": turns});
    if let Some(most) = request.sampling.max_tokens {
        body["most_tokens"] = most.into();
    }
    if let Some(heat) = request.sampling.temperature {
        body["heat"] = heat.into();
    }
    for (name, value) in request.extras.iter() {
        body[name] = value.clone();
    }
    Ok(Bytes::from(body.to_string()))
}

/// One message. A match with a last arm that refuses: what is added to the types later is never
/// lost on its way.
fn turn(message: &Message) -> Result<Value> {
    let from = match message {
        Message::System { .. } => "house",
        Message::User { name: None, .. } => "guest",
        Message::Assistant(said) if said.tool_calls.is_empty() => "quill",
        Message::Tool { .. } | Message::Assistant(_) => return unsupported("tools"),
        _ => return unsupported("a message of this kind"),
    };
    let texts: Option<Vec<&str>> = message.content().iter().map(|part| part.as_text()).collect();
    match texts {
        Some(texts) => Ok(json!({"from": from, "say": texts.join("\n")})),
        None => unsupported("a part of a message that is no text"),
    }
}

/// Refuses the fields that Quill has no word for, naming the first.
fn check(request: &ChatRequest) -> Result<()> {
    // Taken apart, so that a field added later does not compile until it is thought of.
    let Sampling {
        temperature: _,
        max_tokens: _,
        top_p,
        top_k,
        frequency_penalty,
        presence_penalty,
        stop,
        seed,
    } = &request.sampling;
    let is_text = matches!(request.response_format, None | Some(ResponseFormat::Text));
    let asked = [
        ("tools", !request.tools.is_empty()),
        ("response_format", !is_text),
        ("reasoning", request.reasoning.is_some()),
        ("top_p", top_p.is_some()),
        ("top_k", top_k.is_some()),
        ("frequency_penalty", frequency_penalty.is_some()),
        ("presence_penalty", presence_penalty.is_some()),
        ("stop", !stop.is_empty()),
        ("seed", seed.is_some()),
        ("metadata", !request.metadata.is_empty()),
        ("user", request.user.is_some()),
    ];
    match asked.into_iter().find(|(_, is_asked)| *is_asked) {
        Some((field, _)) => unsupported(field),
        None => Ok(()),
    }
}

fn unsupported<T>(what: &str) -> Result<T> {
    Err(Error::new(ErrorKind::UnsupportedParam, format!("quill does not know {what}")))
}
