//! The pieces of a streamed body, and how much of them there may be.

use llm_core::{Error, ErrorKind};

const MIB: usize = 1024 * 1024;

/// A piece of a streamed body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// An event's data, its lines joined by line feeds; or a line.
    Data(String),
    /// Data whose end did not come before the stream's. It may be cut anywhere; some servers leave
    /// out the blank line after a whole event, or the line feed after a whole line.
    Unfinished(String),
    /// A comment: nothing but a sign of life.
    Comment,
}

/// How much a streamed body may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FrameLimits {
    /// Bytes of one line. Default: 8 MiB.
    pub line: usize,
    /// Bytes of one event's data. Default: 16 MiB.
    pub event: usize,
    /// Frames of one stream, comments included. Default: 2 million.
    pub events: u64,
}

impl Default for FrameLimits {
    fn default() -> Self {
        Self { line: 8 * MIB, event: 16 * MIB, events: 2_000_000 }
    }
}

pub(crate) fn too_large(what: &str, limit: usize) -> Error {
    let message = format!("{what} of the stream exceeds {limit} bytes");
    Error::new(ErrorKind::ResponseTooLarge, message)
}

pub(crate) fn too_many(limit: u64) -> Error {
    let message = format!("the stream exceeds {limit} events");
    Error::new(ErrorKind::ResponseTooLarge, message)
}
