//! The standard error: everything that is not the result.

use std::{
    io::{self, Write},
    sync::{Mutex, MutexGuard, PoisonError},
};

use indicatif::ProgressBar;
use tracing_subscriber::fmt::MakeWriter;

/// The bar that is drawn at the moment: lines are written above it, not through it.
static BAR: Mutex<Option<ProgressBar>> = Mutex::new(None);

/// Says `text` on the standard error, on a line of its own. A reader that has left misses it.
pub(crate) fn say(text: &str) {
    let mut line = text.to_owned();
    if !line.ends_with('\n') {
        line.push('\n');
    }
    let _nobody_left_to_tell = write(line.as_bytes());
}

/// Draws `bar` from now on, or none.
pub(crate) fn show_bar(bar: Option<ProgressBar>) {
    *current() = bar;
}

/// Where log lines go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LogWriter;

impl Write for LogWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A reader that has left misses it; a log line stops nobody.
        let _nobody_left_to_tell = write(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for LogWriter {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        Self
    }
}

fn write(bytes: &[u8]) -> io::Result<()> {
    let write = || io::stderr().lock().write_all(bytes);
    match &*current() {
        Some(bar) => bar.suspend(write),
        None => write(),
    }
}

fn current() -> MutexGuard<'static, Option<ProgressBar>> {
    BAR.lock().unwrap_or_else(PoisonError::into_inner)
}
