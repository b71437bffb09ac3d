//! The sections in order.

use std::fmt::Write;

use super::{
    failures::failures, head::head, method::method, recommendations::recommendations,
    status::status,
};
use crate::{render::escape::markdown, report::Report};

impl Report {
    /// The report as Markdown.
    pub fn render_markdown(&self) -> String {
        let sections = [
            head(self),
            status(self),
            recommendations(self),
            failures(self),
            notes(self),
            method(self),
        ];
        let told: Vec<String> =
            sections.into_iter().filter(|section| !section.is_empty()).collect();
        told.join("\n")
    }
}

/// Adds a row of a table; the cells are Markdown already.
pub(super) fn row(text: &mut String, cells: &[String]) {
    let _ = writeln!(text, "| {} |", cells.join(" | "));
}

fn notes(report: &Report) -> String {
    if report.notes.is_empty() {
        return String::new();
    }
    let lines = report.notes.iter().map(|note| format!("- {}\n", markdown(note)));
    format!("## Notes\n\n{}", lines.collect::<String>())
}
