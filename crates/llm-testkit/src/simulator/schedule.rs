//! What goes over the wire in answer to one request, and when.

use std::time::Duration;

use super::log::{CallOutcome, CallUsage};

/// A response as bytes and pauses. Everything that decides its content is pure; what plays it
/// knows nothing of models.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Schedule {
    /// How long nothing is sent.
    pub(super) before: Duration,
    /// Status and headers; none for a connection that breaks, or for raw bytes.
    pub(super) head: Option<Head>,
    pub(super) framing: Framing,
    pub(super) pieces: Vec<Piece>,
    pub(super) end: End,
    /// What it counts as when it was played to a proper end.
    pub(super) outcome: CallOutcome,
    /// What an answer that was played to that end has told of its usage.
    pub(super) usage: Option<CallUsage>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Head {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
}

/// How the client learns where the body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    Length(usize),
    Chunked,
    Close,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Piece {
    pub(super) wait: Duration,
    pub(super) bytes: Vec<u8>,
}

/// What follows the last piece.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum End {
    /// The body ends as announced.
    Done,
    /// The connection closes.
    Cut,
    /// The connection closes after half of a chunk of these bytes.
    CutInChunk(Vec<u8>),
    /// The connection is reset.
    Reset,
    /// Nothing, for ever.
    Stall,
    /// The same again, for ever.
    Repeat(Piece),
}

impl Piece {
    pub(super) fn new(wait: Duration, bytes: impl Into<Vec<u8>>) -> Self {
        Self { wait, bytes: bytes.into() }
    }
}

impl Head {
    pub(super) fn new(status: u16, content_type: Option<&str>) -> Self {
        let header = content_type.map(|value| ("content-type".to_owned(), value.to_owned()));
        Self { status, headers: header.into_iter().collect() }
    }
}

impl Schedule {
    /// A response of this status and body, sent at once.
    pub(super) fn whole(head: Head, body: Vec<u8>, outcome: CallOutcome) -> Self {
        Self {
            before: Duration::ZERO,
            head: Some(head),
            framing: Framing::Length(body.len()),
            pieces: vec![Piece::new(Duration::ZERO, body)],
            end: End::Done,
            outcome,
            usage: None,
        }
    }

    /// No response: silence or a broken connection.
    pub(super) fn nothing(end: End) -> Self {
        Self {
            before: Duration::ZERO,
            head: None,
            framing: Framing::Close,
            pieces: Vec::new(),
            end,
            outcome: CallOutcome::Cut,
            usage: None,
        }
    }

    /// Cuts every piece into slices.
    pub(super) fn slice(&mut self, size: usize) {
        let slices = |piece: Piece| {
            if piece.bytes.is_empty() {
                return vec![piece];
            }
            let chunks: Vec<_> = piece.bytes.chunks(size).map(<[u8]>::to_vec).collect();
            let waits = std::iter::once(piece.wait).chain(std::iter::repeat(Duration::ZERO));
            waits.zip(chunks).map(|(wait, bytes)| Piece { wait, bytes }).collect::<Vec<_>>()
        };
        self.pieces = std::mem::take(&mut self.pieces).into_iter().flat_map(slices).collect();
    }

    /// Sends the whole body byte by byte.
    pub(super) fn drip(&mut self, every: Duration) {
        let pieces = std::mem::take(&mut self.pieces);
        let bytes = pieces.into_iter().flat_map(|piece| piece.bytes);
        self.pieces = bytes.map(|byte| Piece::new(every, [byte])).collect();
    }

    /// The whole body.
    pub(super) fn body(&self) -> Vec<u8> {
        self.pieces.iter().flat_map(|piece| piece.bytes.iter().copied()).collect()
    }
}
