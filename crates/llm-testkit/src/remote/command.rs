//! What a line may ask.

use serde::Deserialize;

use super::model::Model;

/// How long a wait lasts when nothing is said.
const PATIENCE_MS: u64 = 10_000;

#[derive(Debug, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Command {
    /// Adds a model, or gives a known one a new script.
    SetModel(Box<Model>),
    /// The log, but for the first `since` calls.
    Calls {
        #[serde(default)]
        since: usize,
    },
    WaitForCalls(Wait),
    WaitForEnded(Wait),
    // Without braces, fields that nobody knows would be passed over.
    Connections {},
    Usage {},
}

/// Until so many calls there are, but not for ever.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wait {
    pub(super) count: usize,
    #[serde(default = "patience")]
    pub(super) timeout_ms: u64,
}

fn patience() -> u64 {
    PATIENCE_MS
}
