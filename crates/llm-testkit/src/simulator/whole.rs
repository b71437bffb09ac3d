//! An answer as one JSON body.

use std::time::Duration;

use serde_json::Value;

use super::{
    completion::Completion,
    log::CallOutcome,
    refusal::Refusal,
    render,
    reply::{Fault, Truncation},
    schedule::{End, Framing, Head, Piece, Schedule},
    wire::Wire,
};

/// The body of `completion` with `fault` in it. Headers come with the body, when it is complete.
pub(super) fn schedule(completion: &Completion, fault: &Fault, wire: &dyn Wire) -> Schedule {
    let mut schedule = if let Fault::Error { tokens, code, message } = fault {
        let partial = first_tokens(completion, *tokens);
        match wire.whole_failed(completion, partial, (code, message)) {
            Some(body) => respond(&body, CallOutcome::Failed { status: 200 }),
            None => failed(completion, code, message, wire),
        }
    } else {
        respond(&wire.whole(completion, *fault == Fault::NoChoices), CallOutcome::Answered)
    };
    schedule.before = completion.duration();
    match fault {
        Fault::Cut(tokens) => broken(&mut schedule, completion, *tokens, End::Cut),
        Fault::Reset(tokens) => broken(&mut schedule, completion, *tokens, End::Reset),
        Fault::Stall(tokens) => broken(&mut schedule, completion, *tokens, End::Stall),
        Fault::Comments(_, every) => endless(&mut schedule, b"\n", Piece::new(*every, *b"\n")),
        Fault::Repeat(gap) => {
            let opening = wire.whole_opening();
            endless(&mut schedule, opening, Piece::new(*gap, b"again ".repeat(1_000)));
        }
        Fault::Truncated(how) => truncate(&mut schedule, *how),
        _ => {}
    }
    schedule
}

fn respond(body: &Value, outcome: CallOutcome) -> Schedule {
    let head = Head::new(200, Some("application/json"));
    Schedule::whole(head, body.to_string().into_bytes(), outcome)
}

/// An answer that fails on its way, where only a status can say so.
fn failed(completion: &Completion, code: &Value, message: &str, wire: &dyn Wire) -> Schedule {
    let status = code.as_u64().and_then(|code| u16::try_from(code).ok());
    let status = status.filter(|status| (400..600).contains(status)).unwrap_or(500);
    render::refused(&Refusal::status(status).saying(message), &completion.model, wire)
}

fn first_tokens(completion: &Completion, count: usize) -> String {
    completion.content.text.iter().take(count).cloned().collect()
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
