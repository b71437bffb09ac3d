//! Keeps a stream from running away.

use llm_core::{Error, ErrorKind, Execution, Extras, Image, ImageSource, Part, Result};
use serde_json::Value;

/// Identical deltas in a row that no model writes: enough for a wide table's rule, far fewer than
/// a stuck model sends before anybody looks.
const REPEATS: u32 = 1_000;

/// The most bytes of tool arguments in one answer.
const ARGUMENTS: usize = 4 * 1024 * 1024;

/// The most bytes of content in one answer.
const CONTENT: usize = 32 * 1024 * 1024;

/// The most bytes of memory that the fields only the provider knows may take in one answer.
const EXTRAS: usize = 64 * 1024 * 1024;

/// What a JSON value takes in memory beside its text.
const VALUE: usize = 32;

/// What a delta adds to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Channel {
    #[default]
    Text,
    Reasoning,
    Refusal,
    Arguments,
}

/// Counts what has come, and compares each delta with the one before.
#[derive(Debug, Default)]
pub(crate) struct Guard {
    channel: Channel,
    last: String,
    repeats: u32,
    content: usize,
    arguments: usize,
    extras: usize,
}

impl Guard {
    /// Lets a delta pass, or says which limit it exceeds.
    pub(crate) fn admit(&mut self, channel: Channel, delta: &str) -> Result<()> {
        if channel == Channel::Arguments {
            self.arguments = self.arguments.saturating_add(delta.len());
        }
        if self.arguments > ARGUMENTS {
            return Err(exceeded(ErrorKind::ResponseTooLarge, "tool arguments exceed 4 MiB"));
        }
        self.admit_content(delta.len())?;
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

    /// Lets a part that is not text pass, or says which limit it exceeds.
    pub(crate) fn admit_part(&mut self, part: &Part) -> Result<()> {
        self.admit_content(match part {
            Part::Image(Image { source: ImageSource::Base64 { data, .. }, .. }) => data.len(),
            Part::Image(Image { source: ImageSource::Url(url), .. }) => url.len(),
            Part::Other(value) => weight(value),
            _ => VALUE,
        })
    }

    /// Lets fields that only the provider knows pass, or says which limit they exceed.
    pub(crate) fn admit_extras(&mut self, extras: &Extras) -> Result<()> {
        self.extras = self.extras.saturating_add(extras.values().map(weight).sum());
        if self.extras > EXTRAS {
            let message = "the answer's further fields exceed 64 MiB";
            return Err(exceeded(ErrorKind::ResponseTooLarge, message));
        }
        Ok(())
    }

    fn admit_content(&mut self, bytes: usize) -> Result<()> {
        self.content = self.content.saturating_add(bytes);
        if self.content > CONTENT {
            return Err(exceeded(ErrorKind::ResponseTooLarge, "the answer exceeds 32 MiB"));
        }
        Ok(())
    }
}

/// What a value takes in memory. The JSON reader has limited its depth.
fn weight(value: &Value) -> usize {
    let inner = match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(weight).sum(),
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| name.len() + weight(value)).sum()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    };
    VALUE + inner
}

pub(crate) fn exceeded(kind: ErrorKind, message: impl Into<String>) -> Error {
    Error::new(kind, message).with_execution(Execution::Executed)
}
