//! Chat completions as OpenAI shaped them, which OpenRouter writes too, with more in them.

use serde_json::{Map, Value, json};

use super::{Streamed, data};
use crate::simulator::completion::{CREATED, Completion, Content, ToolCall};

const DONE: &[u8] = b"data: [DONE]\n\n";

/// What a server adds to the common shape.
pub(super) trait Extras {
    /// Fields of the answer and of each chunk.
    fn top(&self, completion: &Completion, chunk: bool) -> Value;

    /// Fields of a choice with this finish reason.
    fn choice(&self, finish: Option<&String>) -> Value;

    /// The fields of a message or a delta that carry reasoning.
    fn reasoning(&self, text: &str, streamed: bool) -> Value;

    /// The tokens used.
    fn usage(&self, completion: &Completion) -> Value;
}

/// An answer as one body.
pub(super) fn whole(extras: &impl Extras, completion: &Completion, empty: bool) -> Value {
    let choice = json!({
        "index": 0, "message": message(extras, completion), "finish_reason": completion.finish,
        "logprobs": null,
    });
    let choice = merged(choice, extras.choice(completion.finish.as_ref()));
    answered(extras, completion, &if empty { json!([]) } else { json!([choice]) })
}

/// The body of an answer with these choices.
pub(super) fn answered(extras: &impl Extras, completion: &Completion, choices: &Value) -> Value {
    let body = json!({
        "id": completion.id, "object": "chat.completion", "created": CREATED,
        "model": completion.model, "choices": choices, "usage": extras.usage(completion),
    });
    merged(body, extras.top(completion, false))
}

fn message(extras: &impl Extras, completion: &Completion) -> Value {
    let mut message = json!({"role": "assistant", "content": null, "refusal": null});
    message = merged(message, extras.reasoning(&completion.reasoning.concat(), false));
    let Content { text, calls } = &completion.content;
    if !text.is_empty() || calls.is_empty() {
        message = merged(message, json!({"content": text.concat()}));
    }
    if calls.is_empty() {
        return message;
    }
    let call = |(index, call): (usize, &ToolCall)| {
        let function = json!({"name": call.name, "arguments": call.arguments.concat()});
        json!({"index": index, "id": call.id, "type": "function", "function": function})
    };
    let calls: Vec<_> = calls.iter().enumerate().map(call).collect();
    merged(message, json!({"tool_calls": calls}))
}

/// An answer as the pieces of a stream, without signs of life and usage.
pub(super) fn streamed(extras: &impl Extras, completion: &Completion) -> Streamed {
    let finish = completion.finish.as_ref().map(|finish| {
        let delta = json!({"role": "assistant", "content": ""});
        data(&chunk(extras, completion, &json!([choice(extras, &delta, Some(finish))])))
    });
    let tokens: Vec<_> = deltas(extras, completion)
        .iter()
        .map(|delta| data(&chunk(extras, completion, &json!([choice(extras, delta, None)]))))
        .collect();
    Streamed {
        content_type: "text/event-stream",
        opening: Vec::new(),
        alive: b": keep-alive\n\n".to_vec(),
        says_alive: false,
        again: tokens.first().cloned().unwrap_or_default(),
        tokens,
        empty: data(&chunk(extras, completion, &json!([]))),
        finish: finish.unwrap_or_default(),
        usage: Vec::new(),
        done: DONE.to_vec(),
    }
}

/// One delta a token. Every answer has at least one, be it an empty text.
fn deltas(extras: &impl Extras, completion: &Completion) -> Vec<Value> {
    let thought = |token: &String| {
        let delta = json!({"role": "assistant", "content": ""});
        merged(delta, extras.reasoning(token, true))
    };
    let mut deltas: Vec<Value> = completion.reasoning.iter().map(thought).collect();
    if completion.content.is_empty() {
        deltas.push(json!({"role": "assistant", "content": ""}));
    }
    let Content { text, calls } = &completion.content;
    let said = |token| json!({"role": "assistant", "content": token});
    deltas.extend(text.iter().map(said));
    let fragments = calls.iter().enumerate().flat_map(|(index, call)| fragments(index, call));
    let called = |call| json!({"role": "assistant", "content": null, "tool_calls": [call]});
    deltas.extend(fragments.map(called));
    deltas
}

/// A call of a tool in its pieces: id and name once, then the arguments.
fn fragments(index: usize, call: &ToolCall) -> Vec<Value> {
    let function = json!({"name": call.name, "arguments": ""});
    let opening = json!({"index": index, "id": call.id, "type": "function", "function": function});
    let fragment = |text| json!({"index": index, "function": {"arguments": text}});
    std::iter::once(opening).chain(call.arguments.iter().map(fragment)).collect()
}

pub(super) fn choice(extras: &impl Extras, delta: &Value, finish: Option<&String>) -> Value {
    let choice = json!({"index": 0, "delta": delta, "finish_reason": finish, "logprobs": null});
    merged(choice, extras.choice(finish))
}

pub(super) fn chunk(extras: &impl Extras, completion: &Completion, choices: &Value) -> Value {
    let chunk = json!({
        "id": completion.id, "model": completion.model, "object": "chat.completion.chunk",
        "created": CREATED, "choices": choices,
    });
    merged(chunk, extras.top(completion, true))
}

/// `value` with the fields of `more`.
pub(super) fn merged(mut value: Value, more: Value) -> Value {
    if let (Some(fields), Value::Object(more)) = (value.as_object_mut(), more) {
        fields.extend(more);
    }
    value
}

/// The tokens used, in the common shape.
pub(super) fn usage(completion: &Completion) -> Value {
    let usage = completion.usage;
    json!({
        "prompt_tokens": usage.prompt, "completion_tokens": usage.completion,
        "total_tokens": usage.prompt + usage.completion,
        "prompt_tokens_details": {"cached_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning},
    })
}

/// No fields at all.
pub(super) fn nothing() -> Value {
    Value::Object(Map::new())
}
