//! A configuration file's text, and places in it.

use std::{fmt, sync::Arc};

use super::mask;

/// A configuration file, fit to be shown: what looks like a secret is masked, character by
/// character, so that every place keeps its offset.
#[derive(Clone, PartialEq, Eq)]
pub struct SourceFile {
    name: String,
    text: String,
}

/// A stretch of a file, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// Where it begins.
    pub start: usize,
    /// How long it is.
    pub length: usize,
}

/// A place in a file, both counted from 1; the column counts characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl SourceFile {
    /// Masks `secrets`, and whatever else looks like one, in `text`.
    pub(crate) fn new(name: &str, text: &str, secrets: &[Span]) -> Arc<Self> {
        Arc::new(Self { name: name.to_owned(), text: mask::mask(text, secrets) })
    }

    /// The same for a text that is not YAML.
    pub(crate) fn unread(name: &str, text: &str) -> Arc<Self> {
        Arc::new(Self { name: name.to_owned(), text: mask::mask_unread(text) })
    }

    /// The file's name as the user gave it or would write it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The file's text without its secrets.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The place of the byte at `offset`; the end of the file for one beyond it.
    pub fn position(&self, offset: usize) -> Position {
        let before = self.text.get(..offset).unwrap_or(&self.text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Position {
            line: before.bytes().filter(|byte| *byte == b'\n').count() + 1,
            column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
        }
    }
}

/// Prints the name alone: the text may be long.
impl fmt::Debug for SourceFile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SourceFile({:?})", self.name)
    }
}

impl Span {
    /// Where it ends.
    pub const fn end(self) -> usize {
        self.start.saturating_add(self.length)
    }
}
