//! An answer as an event stream.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    completion::{CREATED, Completion, Content},
    log::CallOutcome,
    reply::{Fault, Truncation},
    schedule::{End, Framing, Head, Piece, Schedule},
};

const COMMENT: &[u8] = b": OPENROUTER PROCESSING\n\n";
const DONE: &[u8] = b"data: [DONE]\n\n";

/// The stream of `completion` with `fault` in it.
pub(super) fn schedule(
    completion: &Completion,
    fault: &Fault,
    comment_every: Duration,
) -> Schedule {
    let mut schedule = Schedule {
        before: Duration::ZERO,
        head: Some(Head::new(200, Some("text/event-stream"))),
        framing: Framing::Chunked,
        pieces: comments(completion.latency, comment_every),
        end: End::Done,
        outcome: CallOutcome::Answered,
    };
    let tokens = tokens(completion);
    match fault {
        Fault::Error { tokens: count, code, message } => {
            schedule.pieces.extend(tokens.into_iter().take(*count));
            schedule.pieces.push(event(Duration::ZERO, &error(completion, code, message)));
            schedule.outcome = CallOutcome::Failed { status: 200 };
        }
        Fault::Cut(count) => broken(&mut schedule, tokens, *count, End::Cut),
        Fault::Reset(count) => broken(&mut schedule, tokens, *count, End::Reset),
        Fault::Stall(count) => broken(&mut schedule, tokens, *count, End::Stall),
        Fault::Comments(0, every) => {
            schedule.pieces = vec![Piece::new(Duration::ZERO, COMMENT)];
            schedule.end = comments_for_ever(*every);
        }
        Fault::Comments(count, every) => {
            broken(&mut schedule, tokens, *count, comments_for_ever(*every));
        }
        Fault::Repeat(gap) => {
            let again = tokens.first().map(|token| Piece::new(*gap, token.bytes.clone()));
            broken(&mut schedule, tokens, 1, again.map_or(End::Done, End::Repeat));
        }
        Fault::NoChoices => {
            let empty = chunk(completion, &json!([]));
            schedule.pieces.push(event(Duration::ZERO, &empty));
            schedule.pieces.extend(ending(completion, true));
        }
        _ => {
            schedule.pieces.extend(tokens);
            schedule.pieces.extend(completion.finish.as_ref().map(|finish| {
                let choice = choice(&json!({"role": "assistant", "content": ""}), Some(finish));
                event(Duration::ZERO, &chunk(completion, &json!([choice])))
            }));
            schedule.pieces.extend(ending(completion, *fault != Fault::NoDone));
        }
    }
    if let Fault::Truncated(how) = fault {
        truncate(&mut schedule, *how);
    }
    schedule
}

/// Signs of life until the first token, the first of them at once.
fn comments(latency: Duration, every: Duration) -> Vec<Piece> {
    let mut pieces = vec![Piece::new(Duration::ZERO, COMMENT)];
    let mut left = latency;
    while left > every && !every.is_zero() {
        pieces.push(Piece::new(every, COMMENT));
        left -= every;
    }
    // What is left passes without a word.
    pieces.push(Piece::new(left, []));
    pieces
}

fn comments_for_ever(every: Duration) -> End {
    End::Repeat(Piece::new(every, COMMENT))
}

/// One event a token. Every answer has at least one, be it an empty text.
fn tokens(completion: &Completion) -> Vec<Piece> {
    let reasoning = completion.reasoning.iter().map(|token| {
        let details = json!([{"type": "reasoning.text", "text": token, "index": 0}]);
        json!({"role": "assistant", "content": "", "reasoning": token, "reasoning_details": details})
    });
    let mut deltas: Vec<Value> = reasoning.collect();
    match &completion.content {
        Content::Text(tokens) if tokens.is_empty() => {
            deltas.push(json!({"role": "assistant", "content": ""}));
        }
        Content::Text(tokens) => {
            let delta = |token| json!({"role": "assistant", "content": token});
            deltas.extend(tokens.iter().map(delta));
        }
        Content::Call { id, name, arguments } => {
            let function = json!({"name": name, "arguments": ""});
            let opening = json!({"index": 0, "id": id, "type": "function", "function": function});
            let fragment = |text| json!({"index": 0, "function": {"arguments": text}});
            let calls = std::iter::once(opening).chain(arguments.iter().map(fragment));
            let delta = |call| json!({"role": "assistant", "content": null, "tool_calls": [call]});
            deltas.extend(calls.map(delta));
        }
    }
    let waits = std::iter::once(Duration::ZERO).chain(std::iter::repeat(completion.pace));
    let chunk = |delta| chunk(completion, &json!([choice(&delta, None)]));
    deltas.into_iter().zip(waits).map(|(delta, wait)| event(wait, &chunk(delta))).collect()
}

fn choice(delta: &Value, finish: Option<&String>) -> Value {
    json!({
        "index": 0, "delta": delta, "finish_reason": finish, "native_finish_reason": finish,
        "logprobs": null,
    })
}

fn chunk(completion: &Completion, choices: &Value) -> Value {
    json!({
        "id": completion.id, "provider": "Simulated", "model": completion.model,
        "object": "chat.completion.chunk", "created": CREATED, "choices": choices,
    })
}

fn error(completion: &Completion, code: &Value, message: &str) -> Value {
    let choice = choice(&json!({"content": ""}), Some(&"error".to_owned()));
    let mut chunk = chunk(completion, &json!([choice]));
    if let Some(fields) = chunk.as_object_mut() {
        fields.insert("error".to_owned(), json!({"code": code, "message": message}));
    }
    chunk
}

/// The usage, which comes last, and the mark of the end.
fn ending(completion: &Completion, done: bool) -> Vec<Piece> {
    let mut usage = chunk(completion, &json!([]));
    if let Some(fields) = usage.as_object_mut() {
        fields.insert("usage".to_owned(), completion.usage.clone());
    }
    let mut pieces = vec![event(Duration::ZERO, &usage)];
    pieces.extend(done.then(|| Piece::new(Duration::ZERO, DONE)));
    pieces
}

fn event(wait: Duration, data: &Value) -> Piece {
    Piece::new(wait, format!("data: {data}\n\n"))
}

fn broken(schedule: &mut Schedule, tokens: Vec<Piece>, count: usize, end: End) {
    schedule.pieces.extend(tokens.into_iter().take(count));
    schedule.end = end;
}

/// Breaks the body off in its middle, in the way asked for.
fn truncate(schedule: &mut Schedule, how: Truncation) {
    let whole = schedule.body();
    let keep = schedule.pieces.len().div_ceil(2);
    let rest = schedule.pieces.split_off(keep);
    schedule.end = End::Cut;
    match how {
        Truncation::Length => schedule.framing = Framing::Length(whole.len()),
        Truncation::Close => schedule.framing = Framing::Close,
        Truncation::Chunk => {
            let next = rest.into_iter().find(|piece| !piece.bytes.is_empty());
            let bytes = next.map_or_else(|| COMMENT.to_vec(), |piece| piece.bytes);
            schedule.end = End::CutInChunk(bytes);
        }
    }
}
