//! Newline-delimited JSON: bytes in, lines out.

use std::collections::VecDeque;

use bytes::BytesMut;
use llm_core::{Error, ErrorKind, Result};
use tokio_util::codec::{AnyDelimiterCodec, AnyDelimiterCodecError, Decoder};

use crate::frame::{Frame, FrameLimits, too_large, too_many};

/// Reads lines piece by piece, wherever the pieces are cut. Bytes that are no UTF-8 are replaced,
/// as everywhere in answers. Empty lines are left out, and a last
/// line that nothing ends is [`Unfinished`](Frame::Unfinished).
///
/// ```
/// use std::collections::VecDeque;
///
/// use llm_http::{Frame, LineParser};
///
/// let mut parser = LineParser::new();
/// let mut frames = VecDeque::new();
/// parser.push(b"{\"a\":1}\r\n\n{\"b\"", &mut frames)?;
/// parser.finish(&mut frames)?;
/// let expected = [Frame::Data("{\"a\":1}".to_owned()), Frame::Unfinished("{\"b\"".to_owned())];
/// assert_eq!(frames, expected);
/// # Ok::<(), llm_core::Error>(())
/// ```
#[derive(Debug)]
pub struct LineParser {
    codec: AnyDelimiterCodec,
    rest: BytesMut,
    limits: FrameLimits,
    lines: u64,
}

impl Default for LineParser {
    fn default() -> Self {
        Self::with_limits(FrameLimits::default())
    }
}

impl LineParser {
    /// A parser of a new stream, with the default limits.
    pub fn new() -> Self {
        Self::default()
    }

    /// A parser of a new stream, with these limits.
    pub fn with_limits(limits: FrameLimits) -> Self {
        let codec =
            AnyDelimiterCodec::new_with_max_length(b"\n".to_vec(), b"\n".to_vec(), limits.line);
        Self { codec, rest: BytesMut::new(), limits, lines: 0 }
    }

    /// Reads the next piece; the lines it ends are added to `frames`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::ResponseTooLarge`] beyond a limit.
    pub fn push(&mut self, bytes: &[u8], frames: &mut VecDeque<Frame>) -> Result<()> {
        self.rest.extend_from_slice(bytes);
        while let Some(line) = self.codec.decode(&mut self.rest).map_err(|e| self.broken(&e))? {
            self.report(Frame::Data, &line, frames)?;
        }
        Ok(())
    }

    /// Ends the stream: what is left of its last line is added to `frames`.
    ///
    /// # Errors
    ///
    /// Those of [`push`](Self::push).
    pub fn finish(&mut self, frames: &mut VecDeque<Frame>) -> Result<()> {
        match self.codec.decode_eof(&mut self.rest).map_err(|e| self.broken(&e))? {
            Some(line) => self.report(Frame::Unfinished, &line, frames),
            None => Ok(()),
        }
    }

    fn report(
        &mut self,
        frame: fn(String) -> Frame,
        line: &[u8],
        frames: &mut VecDeque<Frame>,
    ) -> Result<()> {
        self.lines = self.lines.saturating_add(1);
        if self.lines > self.limits.events {
            return Err(too_many(self.limits.events));
        }
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let marked = if self.lines == 1 { line.strip_prefix(b"\xef\xbb\xbf") } else { None };
        let line = String::from_utf8_lossy(marked.unwrap_or(line));
        if !line.trim().is_empty() {
            frames.push_back(frame(line.into_owned()));
        }
        Ok(())
    }

    fn broken(&self, error: &AnyDelimiterCodecError) -> Error {
        match error {
            AnyDelimiterCodecError::MaxChunkLengthExceeded => too_large("a line", self.limits.line),
            AnyDelimiterCodecError::Io(_) => {
                Error::new(ErrorKind::MalformedResponse, "a line of the stream is unreadable")
            }
        }
    }
}
