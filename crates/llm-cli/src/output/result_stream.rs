//! The standard output: the result and nothing else.

use std::io::{self, ErrorKind, IsTerminal, Write};

use serde::Serialize;

use super::{escape, escape_json};
use crate::failure::Failure;

/// Where a result goes. A reader that has left is no error: what it has not read goes nowhere.
#[derive(Debug)]
pub(crate) struct ResultStream<W = io::Stdout> {
    sink: W,
    is_terminal: bool,
    is_closed: bool,
    ends_line: bool,
}

impl ResultStream {
    /// The standard output of this process.
    pub(crate) fn standard() -> Self {
        let sink = io::stdout();
        let is_terminal = sink.is_terminal();
        Self::new(sink, is_terminal)
    }
}

impl<W: Write> ResultStream<W> {
    fn new(sink: W, is_terminal: bool) -> Self {
        Self { sink, is_terminal, is_closed: false, ends_line: true }
    }

    /// Whether a person reads along.
    pub(crate) fn is_terminal(&self) -> bool {
        self.is_terminal
    }

    /// Whether the reader has left.
    pub(crate) fn is_closed(&self) -> bool {
        self.is_closed
    }

    /// Writes what a stranger wrote: as it is, but harmless on a terminal. It is read at once.
    pub(crate) fn foreign(&mut self, text: &str) -> Result<(), Failure> {
        if self.is_terminal { self.own(&escape(text)) } else { self.own(text) }
    }

    /// Writes what this program wrote. It is read at once.
    pub(crate) fn own(&mut self, text: &str) -> Result<(), Failure> {
        if self.is_closed || text.is_empty() {
            return Ok(());
        }
        self.ends_line = text.ends_with('\n');
        let written = self.sink.write_all(text.as_bytes()).and_then(|()| self.sink.flush());
        self.settle(written)
    }

    /// Writes a JSON value on a line of its own. It is read at once.
    pub(crate) fn json(&mut self, value: &impl Serialize) -> Result<(), Failure> {
        let line = serde_json::to_string(value).map_err(Failure::internal)?;
        self.own(&format!("{}\n", escape_json(&line)))
    }

    /// Ends the line, unless it is ended.
    pub(crate) fn end_line(&mut self) -> Result<(), Failure> {
        if self.ends_line { Ok(()) } else { self.own("\n") }
    }

    fn settle(&mut self, written: io::Result<()>) -> Result<(), Failure> {
        match written {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                self.is_closed = true;
                Ok(())
            }
            Err(error) => {
                self.is_closed = true;
                Err(Failure::internal(format!("cannot write to the standard output: {error}")))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Refusing(ErrorKind);

    impl Write for Refusing {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Err(self.0.into())
        }
    }

    fn written(is_terminal: bool, text: &str) -> String {
        let mut stream = ResultStream::new(Vec::new(), is_terminal);
        stream.foreign(text).unwrap();
        stream.end_line().unwrap();
        stream.end_line().unwrap();
        String::from_utf8(stream.sink).unwrap()
    }

    #[test]
    fn o02_a_pipe_gets_the_answer_as_it_is_and_a_terminal_gets_it_harmless() {
        assert_eq!(written(false, "\u{1b}[2J"), "\u{1b}[2J\n");
        assert_eq!(written(true, "\u{1b}[2J"), "\\u{1b}[2J\n");
        assert_eq!(written(true, "line\n"), "line\n");
    }

    #[test]
    fn a_reader_that_left_is_no_error_but_a_full_disk_is() {
        let mut gone = ResultStream::new(Refusing(ErrorKind::BrokenPipe), false);
        gone.own("text").unwrap();
        assert!(gone.is_closed());
        gone.own("more").unwrap();
        let mut full = ResultStream::new(Refusing(ErrorKind::StorageFull), false);
        assert!(full.own("text").is_err());
    }
}
