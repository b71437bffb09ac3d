//! Event streams as the WHATWG defines them: bytes in, events out, in linear time.

use std::{borrow::Cow, collections::VecDeque, mem};

use llm_core::Result;

use crate::frame::{Frame, FrameLimits, too_large, too_many};

/// Reads an event stream piece by piece, wherever the pieces are cut.
///
/// Differs from the standard in two points: comments are reported, because they are how a
/// provider says that it is still at work, and an event that is not ended by a blank line is
/// reported as [`Unfinished`](Frame::Unfinished) rather than dropped. Bytes that are no UTF-8
/// become U+FFFD.
///
/// ```
/// use std::collections::VecDeque;
///
/// use llm_http::{Frame, SseParser};
///
/// let mut parser = SseParser::new();
/// let mut events = VecDeque::new();
/// parser.push(b"data: one\n\n: still here\ndata: t", &mut events)?;
/// parser.push(b"wo\n", &mut events)?;
/// parser.finish(&mut events)?;
/// let data = |text: &str| Frame::Data(text.to_owned());
/// assert_eq!(events, [data("one"), Frame::Comment, Frame::Unfinished("two".to_owned())]);
/// # Ok::<(), llm_core::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct SseParser {
    limits: FrameLimits,
    /// The beginning of a line whose end has not come.
    line: Vec<u8>,
    /// The data of the event so far; `None` as long as it has none.
    data: Option<Vec<u8>>,
    /// The last line ended in a carriage return, which a line feed may belong to.
    after_carriage_return: bool,
    past_first_line: bool,
    events: u64,
    #[cfg(test)]
    scanned: usize,
}

impl SseParser {
    /// A parser of a new stream, with the default limits.
    pub fn new() -> Self {
        Self::default()
    }

    /// A parser of a new stream.
    pub fn with_limits(limits: FrameLimits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Reads the next bytes and adds what they complete to `events`.
    ///
    /// # Errors
    ///
    /// [`ResponseTooLarge`](llm_core::ErrorKind::ResponseTooLarge) when a limit is exceeded; what was
    /// complete before is in `events`. Nothing further can be read then.
    pub fn push(&mut self, bytes: &[u8], events: &mut VecDeque<Frame>) -> Result<()> {
        let mut rest = bytes;
        while let Some(first) = rest.first() {
            if mem::take(&mut self.after_carriage_return) && *first == b'\n' {
                rest = rest.get(1..).unwrap_or_default();
                continue;
            }
            let end = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            #[cfg(test)]
            {
                self.scanned += end.map_or(rest.len(), |end| end + 1);
            }
            let Some(end) = end else {
                return self.keep(rest);
            };
            let (line, tail) = rest.split_at(end);
            self.after_carriage_return = tail.first() == Some(&b'\r');
            rest = tail.get(1..).unwrap_or_default();
            self.end_line(line, events)?;
        }
        Ok(())
    }

    /// Ends the stream: what is left of its last event is added to `events`.
    ///
    /// # Errors
    ///
    /// Those of [`push`](Self::push).
    pub fn finish(&mut self, events: &mut VecDeque<Frame>) -> Result<()> {
        if !self.line.is_empty() {
            self.end_line(&[], events)?;
        }
        if let Some(data) = self.data.take() {
            self.report(Frame::Unfinished(text(data)), events)?;
        }
        Ok(())
    }

    /// Keeps the beginning of a line until its end comes.
    fn keep(&mut self, part: &[u8]) -> Result<()> {
        self.check_line(part)?;
        self.line.extend_from_slice(part);
        Ok(())
    }

    /// Reads the line that `last` ends.
    fn end_line(&mut self, last: &[u8], events: &mut VecDeque<Frame>) -> Result<()> {
        self.check_line(last)?;
        let mut kept = mem::take(&mut self.line);
        let line = if kept.is_empty() {
            Cow::Borrowed(last)
        } else {
            kept.extend_from_slice(last);
            Cow::Owned(kept)
        };
        let line = &*line;
        let is_first = !mem::replace(&mut self.past_first_line, true);
        match line.strip_prefix(b"\xef\xbb\xbf") {
            Some(line) if is_first => self.read_line(line, events),
            _ => self.read_line(line, events),
        }
    }

    fn read_line(&mut self, line: &[u8], events: &mut VecDeque<Frame>) -> Result<()> {
        if line.is_empty() {
            return match self.data.take() {
                Some(data) => self.report(Frame::Data(text(data)), events),
                None => Ok(()),
            };
        }
        if line.starts_with(b":") {
            return self.report(Frame::Comment, events);
        }
        match line.strip_prefix(b"data") {
            Some([]) => self.add(&[]),
            Some([b':', b' ', value @ ..] | [b':', value @ ..]) => self.add(value),
            _ => Ok(()),
        }
    }

    /// Adds a line to the event's data.
    fn add(&mut self, value: &[u8]) -> Result<()> {
        let held = self.data.as_ref().map_or(0, |data| data.len() + 1);
        if held.saturating_add(value.len()) > self.limits.event {
            return Err(too_large("an event", self.limits.event));
        }
        match &mut self.data {
            Some(data) => {
                data.push(b'\n');
                data.extend_from_slice(value);
            }
            None => self.data = Some(value.to_vec()),
        }
        Ok(())
    }

    fn report(&mut self, event: Frame, events: &mut VecDeque<Frame>) -> Result<()> {
        self.events = self.events.saturating_add(1);
        if self.events > self.limits.events {
            return Err(too_many(self.limits.events));
        }
        events.push_back(event);
        Ok(())
    }

    fn check_line(&self, more: &[u8]) -> Result<()> {
        if self.line.len().saturating_add(more.len()) > self.limits.line {
            return Err(too_large("a line", self.limits.line));
        }
        Ok(())
    }
}

fn text(data: Vec<u8>) -> String {
    String::from_utf8(data)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many bytes are looked at for `deltas` events that arrive byte by byte.
    fn work(deltas: usize) -> usize {
        let mut parser = SseParser::new();
        let mut events = VecDeque::new();
        for byte in b"data: x\r\n\r\n".repeat(deltas) {
            parser.push(&[byte], &mut events).unwrap();
        }
        assert_eq!(events.len(), deltas);
        parser.scanned
    }

    #[test]
    fn d20_each_byte_is_looked_at_once() {
        assert!(work(200_000) <= 11 * 200_000);
        // Also within one long line that arrives byte by byte.
        let mut parser = SseParser::new();
        let mut events = VecDeque::new();
        for _ in 0..200_000 {
            parser.push(b"x", &mut events).unwrap();
        }
        assert_eq!(parser.scanned, 200_000);
    }
}
