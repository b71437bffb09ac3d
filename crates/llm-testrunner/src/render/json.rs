//! The report as JSON.

use std::fmt::Write;

use super::escape::is_unprintable;
use crate::report::Report;

impl Report {
    /// The report as JSON, indented, ending with a line break. No character of it acts on a
    /// terminal.
    pub fn render_json(&self) -> String {
        // A report holds strings, numbers and lists: it always serializes.
        let json = serde_json::to_string_pretty(self).unwrap_or_default();
        let mut shown = String::with_capacity(json.len() + 1);
        let mut units = [0_u16; 2];
        for letter in json.chars() {
            // Line breaks stand between values; all the rest stands in strings.
            if letter != '\n' && is_unprintable(letter) {
                for unit in letter.encode_utf16(&mut units) {
                    let _ = write!(shown, "\\u{unit:04x}");
                }
            } else {
                shown.push(letter);
            }
        }
        shown.push('\n');
        shown
    }
}
