//! Draws problems with the places they mark, so that a snapshot shows both.

use std::fmt::Write as _;

use llm_manager::config::{Diagnostic, Label, SourceFile};

/// Every problem as its line, followed by each marked line of its file.
pub(crate) fn draw(problems: &[Diagnostic]) -> String {
    let mut drawn = String::new();
    for problem in problems {
        let _ = writeln!(drawn, "{problem}");
        for label in &problem.labels {
            mark(problem.source().expect("labels are in a file"), label, &mut drawn);
        }
        drawn.push('\n');
    }
    drawn
}

fn mark(file: &SourceFile, label: &Label, drawn: &mut String) {
    let from = file.position(label.span.start);
    let line = file.text().lines().nth(from.line - 1).unwrap_or_default().replace('\t', " ");
    let marked = file.text().get(label.span.start..label.span.end()).expect("is in the file");
    let width = marked.lines().next().unwrap_or_default().chars().count().max(1);
    let _ = writeln!(drawn, "{:>4} | {line}", from.line);
    let carets = format!("{}{}", " ".repeat(from.column - 1), "^".repeat(width));
    let _ = writeln!(drawn, "     | {carets} {}", label.text);
}
