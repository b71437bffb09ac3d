//! An answer as a stream.

use std::time::Duration;

use super::{
    completion::Completion,
    log::CallOutcome,
    reply::{Fault, Truncation},
    schedule::{End, Framing, Head, Piece, Schedule},
    wire::{Streamed, Wire},
};

/// The stream of `completion` with `fault` in it.
pub(super) fn schedule(
    completion: &Completion,
    fault: &Fault,
    comment_every: Duration,
    wire: &dyn Wire,
) -> Schedule {
    let streamed = wire.streamed(completion);
    let mut schedule = Schedule {
        before: Duration::ZERO,
        head: Some(Head::new(200, Some(streamed.content_type))),
        framing: Framing::Chunked,
        pieces: waiting(&streamed, completion.latency, comment_every),
        end: End::Done,
        outcome: CallOutcome::Answered,
        usage: None,
    };
    let tokens = tokens(&streamed, completion.pace);
    match fault {
        Fault::Error { tokens: count, code, message } => {
            schedule.pieces.extend(tokens.into_iter().take(*count));
            schedule.pieces.push(at_once(wire.error_inside(completion, code, message)));
            schedule.outcome = CallOutcome::Failed { status: 200 };
        }
        Fault::Cut(count) => broken(&mut schedule, tokens, *count, End::Cut),
        Fault::Reset(count) => broken(&mut schedule, tokens, *count, End::Reset),
        Fault::Stall(count) => broken(&mut schedule, tokens, *count, End::Stall),
        Fault::Comments(0, every) => {
            schedule.pieces = vec![at_once(if streamed.opening.is_empty() {
                streamed.alive.clone()
            } else {
                streamed.opening.clone()
            })];
            schedule.end = alive_for_ever(&streamed, *every);
        }
        Fault::Comments(count, every) => {
            broken(&mut schedule, tokens, *count, alive_for_ever(&streamed, *every));
        }
        Fault::Repeat(gap) => {
            let again = End::Repeat(Piece::new(*gap, streamed.again));
            broken(&mut schedule, tokens, 1, again);
        }
        Fault::NoChoices => {
            schedule.pieces.push(at_once(streamed.empty));
            schedule.pieces.push(at_once(streamed.usage));
            schedule.pieces.push(at_once(streamed.done));
        }
        _ => {
            schedule.pieces.extend(tokens);
            schedule.pieces.push(at_once(streamed.finish));
            schedule.pieces.push(at_once(streamed.usage));
            if *fault != Fault::NoDone {
                schedule.pieces.push(at_once(streamed.done));
            }
        }
    }
    if let Fault::Truncated(how) = fault {
        truncate(&mut schedule, *how, &streamed.alive);
    }
    schedule
}

/// What comes with the headers, and signs of life until the first token.
fn waiting(streamed: &Streamed, latency: Duration, every: Duration) -> Vec<Piece> {
    let mut pieces = vec![at_once(streamed.opening.clone())];
    let mut left = latency;
    while streamed.says_alive && left > every && !every.is_zero() {
        pieces.push(Piece::new(every, streamed.alive.clone()));
        left -= every;
    }
    // What is left passes without a word.
    pieces.push(Piece::new(left, []));
    pieces
}

fn alive_for_ever(streamed: &Streamed, every: Duration) -> End {
    End::Repeat(Piece::new(every, streamed.alive.clone()))
}

fn tokens(streamed: &Streamed, pace: Duration) -> Vec<Piece> {
    let waits = std::iter::once(Duration::ZERO).chain(std::iter::repeat(pace));
    let tokens = streamed.tokens.iter().zip(waits);
    tokens.map(|(token, wait)| Piece::new(wait, token.clone())).collect()
}

fn at_once(bytes: Vec<u8>) -> Piece {
    Piece::new(Duration::ZERO, bytes)
}

fn broken(schedule: &mut Schedule, tokens: Vec<Piece>, count: usize, end: End) {
    schedule.pieces.extend(tokens.into_iter().take(count));
    schedule.end = end;
}

/// Breaks the body off in its middle, in the way asked for.
fn truncate(schedule: &mut Schedule, how: Truncation, alive: &[u8]) {
    let whole = schedule.body();
    schedule.pieces.retain(|piece| !piece.bytes.is_empty() || !piece.wait.is_zero());
    let keep = schedule.pieces.len().div_ceil(2);
    let rest = schedule.pieces.split_off(keep);
    schedule.end = End::Cut;
    match how {
        Truncation::Length => schedule.framing = Framing::Length(whole.len()),
        Truncation::Close => schedule.framing = Framing::Close,
        Truncation::Chunk => {
            let next = rest.into_iter().find(|piece| !piece.bytes.is_empty());
            let bytes = next.map_or_else(|| alive.to_vec(), |piece| piece.bytes);
            schedule.end = End::CutInChunk(bytes);
        }
    }
}
