//! How a table looks: width, characters, colour.

use crate::report::Status;

/// How a table looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableStyle {
    /// Columns of the terminal. Columns of the table drop from the right until it fits.
    pub width: usize,
    /// Whether to stay within ASCII.
    pub ascii: bool,
    /// Whether to colour symbols and words. Colour never carries anything alone.
    pub color: bool,
}

impl Default for TableStyle {
    fn default() -> Self {
        Self { width: 100, ascii: false, color: false }
    }
}

impl TableStyle {
    pub(super) const fn symbol(self, status: Status) -> &'static str {
        match (status, self.ascii) {
            (Status::Ok, false) => "●",
            (Status::Degraded, false) => "▲",
            (Status::Failed, false) => "✖",
            (Status::Skipped, false) => "○",
            (Status::Ok, true) => "+",
            (Status::Degraded, true) => "!",
            (Status::Failed, true) => "x",
            (Status::Skipped, true) => "o",
        }
    }

    /// `text` in the colour of `status`.
    pub(super) fn paint(self, status: Status, text: &str) -> String {
        let code = match status {
            Status::Ok => 32,
            Status::Degraded => 33,
            Status::Failed => 31,
            Status::Skipped => 90,
        };
        if self.color { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    pub(super) fn rule(self) -> String {
        let line = if self.ascii { "-" } else { "─" };
        line.repeat(self.width.clamp(20, 100))
    }

    pub(super) const fn ellipsis(self) -> &'static str {
        if self.ascii { "..." } else { "…" }
    }
}
