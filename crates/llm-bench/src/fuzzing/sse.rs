//! Event streams: cuts change nothing, limits hold, and a slow and plain reader reads the same.

use std::{collections::VecDeque, iter, mem};

use llm_core::ErrorKind;
use llm_http::{Frame, FrameLimits, SseParser};

/// Reads `bytes` as an event stream, in one piece, byte by byte and in pieces of mixed sizes.
///
/// # Panics
///
/// When the reading depends on the cuts, differs from the standard's, or exceeds a limit.
pub fn check(bytes: &[u8]) {
    let whole = read(iter::once(bytes), FrameLimits::default());
    assert_eq!(whole, Reading { events: plainly(bytes), is_refused: false }, "a plain reader");
    for limits in [FrameLimits::default(), small()] {
        let whole = read(iter::once(bytes), limits);
        within(&whole, limits);
        assert_eq!(read(bytes.chunks(1), limits), whole, "byte by byte");
        assert_eq!(read(pieces(bytes), limits), whole, "in pieces");
    }
}

/// What a stream held, up to its end or the limit it exceeded.
#[derive(Debug, PartialEq)]
struct Reading {
    events: Vec<Frame>,
    is_refused: bool,
}

fn read<'a>(pieces: impl Iterator<Item = &'a [u8]>, limits: FrameLimits) -> Reading {
    let mut parser = SseParser::with_limits(limits);
    let mut events = VecDeque::new();
    let mut pieces = pieces;
    let result = pieces
        .try_for_each(|piece| parser.push(piece, &mut events))
        .and_then(|()| parser.finish(&mut events));
    if let Err(error) = &result {
        assert_eq!(error.kind(), ErrorKind::ResponseTooLarge, "nothing else can be wrong");
    }
    Reading { events: events.into(), is_refused: result.is_err() }
}

/// Limits that inputs of a fuzzer meet.
fn small() -> FrameLimits {
    let mut limits = FrameLimits::default();
    (limits.line, limits.event, limits.events) = (24, 32, 8);
    limits
}

fn within(reading: &Reading, limits: FrameLimits) {
    assert!(reading.events.len() as u64 <= limits.events, "too many events");
    for event in &reading.events {
        if let Frame::Data(data) | Frame::Unfinished(data) = event {
            // A byte that is no UTF-8 becomes a character of three.
            assert!(data.len() <= limits.event.saturating_mul(3), "an event is too long");
            assert!(!data.contains('\r'), "an end of line is no data");
        }
    }
}

/// Cuts bytes into pieces of 0 to 15 bytes; the bytes themselves say where, so that a find can be
/// repeated.
fn pieces(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = bytes;
    let mut state = bytes.iter().fold(1_u32, |sum, byte| sum.wrapping_mul(31) + u32::from(*byte));
    iter::from_fn(move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let length = ((state >> 28) as usize).min(rest.len());
        let (piece, tail) = rest.split_at(length);
        (!mem::replace(&mut rest, tail).is_empty()).then_some(piece)
    })
}

/// The events as the standard says it, without a thought for speed or cuts.
fn plainly(bytes: &[u8]) -> Vec<Frame> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut lines = lines(bytes);
    let last = lines.pop().unwrap_or_default();
    let mut events = Vec::new();
    let mut data: Vec<Vec<u8>> = Vec::new();
    let mut line = |line: &[u8], data: &mut Vec<Vec<u8>>| {
        let colon = line.iter().position(|byte| *byte == b':').unwrap_or(line.len());
        let (name, value) = line.split_at(colon);
        let value = value.strip_prefix(b":").unwrap_or(value);
        match name {
            b"" if line.is_empty() && !data.is_empty() => {
                events.push(Frame::Data(text(&mem::take(data))));
            }
            b"" if !line.is_empty() => events.push(Frame::Comment),
            b"data" => data.push(value.strip_prefix(b" ").unwrap_or(value).to_vec()),
            _ => {}
        }
    };
    for ended in lines {
        line(&ended, &mut data);
    }
    // A line that the end of the stream cuts off counts, unless nothing of it came.
    if !last.is_empty() {
        line(&last, &mut data);
    }
    if !data.is_empty() {
        events.push(Frame::Unfinished(text(&data)));
    }
    events
}

/// What stands between the ends of lines, which are `\r\n`, `\n` and `\r`.
fn lines(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut lines = Vec::new();
    let mut line = Vec::new();
    let mut before = 0;
    for byte in bytes {
        match (before, byte) {
            (b'\r', b'\n') => {}
            (_, b'\r' | b'\n') => lines.push(mem::take(&mut line)),
            (_, byte) => line.push(*byte),
        }
        before = *byte;
    }
    lines.push(line);
    lines
}

fn text(lines: &[Vec<u8>]) -> String {
    String::from_utf8_lossy(&lines.join(&b'\n')).into_owned()
}
