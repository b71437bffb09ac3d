//! Sections and tables of a page.

use std::fmt::Write;

/// Begins a section; its text, if any, follows the title.
pub(crate) fn section(page: &mut String, title: &str, text: &str) {
    let _infallible = writeln!(page, "\n## {title}\n");
    if !text.is_empty() {
        page.push_str(text);
        page.push('\n');
    }
}

/// Begins a table: columns of words, then columns of figures, which stand at the right.
pub(crate) fn head(page: &mut String, words: &[&str], figures: &[&str]) {
    row(page, &[words, figures].concat());
    page.push('|');
    page.push_str(&"---|".repeat(words.len()));
    page.push_str(&"---:|".repeat(figures.len()));
    page.push('\n');
}

/// Adds a line to a table.
pub(crate) fn row(page: &mut String, cells: &[impl AsRef<str>]) {
    let cells: Vec<&str> = cells.iter().map(AsRef::as_ref).collect();
    let _infallible = writeln!(page, "| {} |", cells.join(" | "));
}
