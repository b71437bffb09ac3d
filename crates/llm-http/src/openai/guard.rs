//! Keeps a stream from running away.

use llm_core::{Error, ErrorKind, Execution, Result};

/// Identical deltas in a row that no model writes: enough for a wide table's rule, far fewer than
/// a stuck model sends before anybody looks.
const REPEATS: u32 = 1_000;

/// The most bytes of tool arguments in one answer.
const ARGUMENTS: usize = 4 * 1024 * 1024;

/// The most bytes of content in one answer.
const CONTENT: usize = 32 * 1024 * 1024;

/// What a delta adds to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Channel {
    #[default]
    Text,
    Reasoning,
    Refusal,
    Arguments,
}

/// Counts what has come, and compares each delta with the one before.
#[derive(Debug, Default)]
pub(super) struct Guard {
    channel: Channel,
    last: String,
    repeats: u32,
    content: usize,
    arguments: usize,
}

impl Guard {
    /// Lets a delta pass, or says which limit it exceeds.
    pub(super) fn admit(&mut self, channel: Channel, delta: &str) -> Result<()> {
        self.content = self.content.saturating_add(delta.len());
        if channel == Channel::Arguments {
            self.arguments = self.arguments.saturating_add(delta.len());
        }
        if self.arguments > ARGUMENTS {
            return Err(exceeded(ErrorKind::ResponseTooLarge, "tool arguments exceed 4 MiB"));
        }
        if self.content > CONTENT {
            return Err(exceeded(ErrorKind::ResponseTooLarge, "the answer exceeds 32 MiB"));
        }
        if channel == self.channel && delta == self.last {
            self.repeats += 1;
        } else {
            self.repeats = 1;
            self.channel = channel;
            self.last.clear();
            self.last.push_str(delta);
        }
        if self.repeats >= REPEATS {
            let message = format!("the stream repeats one piece {REPEATS} times");
            return Err(exceeded(ErrorKind::RunawayStream, message));
        }
        Ok(())
    }
}

fn exceeded(kind: ErrorKind, message: impl Into<String>) -> Error {
    Error::new(kind, message).with_execution(Execution::Executed)
}
