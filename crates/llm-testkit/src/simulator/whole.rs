//! An answer as one JSON body.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    completion::{CREATED, Completion, Content},
    log::CallOutcome,
    reply::{Fault, Truncation},
    schedule::{End, Framing, Head, Piece, Schedule},
};

/// The body of `completion` with `fault` in it. Headers come with the body, when it is complete.
pub(super) fn schedule(completion: &Completion, fault: &Fault) -> Schedule {
    let body = body(completion, fault).to_string().into_bytes();
    let head = Head::new(200, Some("application/json"));
    let outcome = match fault {
        Fault::Error { .. } => CallOutcome::Failed { status: 200 },
        _ => CallOutcome::Answered,
    };
    let mut schedule = Schedule::whole(head, body, outcome);
    schedule.before = completion.duration();
    match fault {
        Fault::Cut(tokens) => broken(&mut schedule, completion, *tokens, End::Cut),
        Fault::Reset(tokens) => broken(&mut schedule, completion, *tokens, End::Reset),
        Fault::Stall(tokens) => broken(&mut schedule, completion, *tokens, End::Stall),
        Fault::Comments(_, every) => endless(&mut schedule, b"\n", Piece::new(*every, *b"\n")),
        Fault::Repeat(gap) => {
            let opening = br#"{"choices":[{"index":0,"message":{"role":"assistant","content":""#;
            endless(&mut schedule, opening, Piece::new(*gap, b"again ".repeat(1_000)));
        }
        Fault::Truncated(how) => truncate(&mut schedule, *how),
        _ => {}
    }
    schedule
}

fn body(completion: &Completion, fault: &Fault) -> Value {
    let mut choice = json!({
        "index": 0, "message": message(completion), "finish_reason": completion.finish,
        "native_finish_reason": completion.finish, "logprobs": null,
    });
    if let (Fault::Error { tokens, code, message }, Some(fields)) = (fault, choice.as_object_mut())
    {
        let partial = first_tokens(completion, *tokens);
        fields.insert("message".to_owned(), json!({"role": "assistant", "content": partial}));
        fields.insert("finish_reason".to_owned(), "error".into());
        fields.insert("error".to_owned(), json!({"code": code, "message": message}));
    }
    let choices = if *fault == Fault::NoChoices { json!([]) } else { json!([choice]) };
    json!({
        "id": completion.id, "provider": "Simulated", "model": completion.model,
        "object": "chat.completion", "created": CREATED, "choices": choices,
        "system_fingerprint": null, "usage": completion.usage,
    })
}

fn message(completion: &Completion) -> Value {
    let reasoning = (!completion.reasoning.is_empty()).then(|| completion.reasoning.concat());
    let mut message = json!({
        "role": "assistant", "content": null, "refusal": null, "reasoning": reasoning,
    });
    let Some(fields) = message.as_object_mut() else { return message };
    match &completion.content {
        Content::Text(tokens) => fields.insert("content".to_owned(), tokens.concat().into()),
        Content::Call { id, name, arguments } => {
            let function = json!({"name": name, "arguments": arguments.concat()});
            let call = json!({"index": 0, "id": id, "type": "function", "function": function});
            fields.insert("tool_calls".to_owned(), json!([call]))
        }
    };
    message
}

fn first_tokens(completion: &Completion, count: usize) -> String {
    match &completion.content {
        Content::Text(tokens) => tokens.iter().take(count).cloned().collect(),
        Content::Call { .. } => String::new(),
    }
}

/// Breaks the body off at the share of it that `tokens` are of the whole answer.
fn broken(schedule: &mut Schedule, completion: &Completion, tokens: usize, end: End) {
    let all = completion.content.len().max(1);
    let bytes = schedule.body();
    let keep = bytes.len() * tokens.min(all) / (all + 1);
    let kept = bytes.get(..keep).unwrap_or_default();
    schedule.pieces = vec![Piece::new(Duration::ZERO, kept)];
    schedule.end = end;
}

fn endless(schedule: &mut Schedule, opening: &[u8], again: Piece) {
    schedule.before = Duration::ZERO;
    schedule.framing = Framing::Chunked;
    schedule.pieces = vec![Piece::new(Duration::ZERO, opening)];
    schedule.end = End::Repeat(again);
}

fn truncate(schedule: &mut Schedule, how: Truncation) {
    let bytes = schedule.body();
    let half = bytes.get(..bytes.len() / 2).unwrap_or_default().to_vec();
    schedule.end = End::Cut;
    match how {
        Truncation::Length => schedule.pieces = vec![Piece::new(Duration::ZERO, half)],
        Truncation::Close => {
            schedule.pieces = vec![Piece::new(Duration::ZERO, half)];
            schedule.framing = Framing::Close;
        }
        Truncation::Chunk => {
            schedule.pieces = Vec::new();
            schedule.framing = Framing::Chunked;
            schedule.end = End::CutInChunk(bytes);
        }
    }
}
