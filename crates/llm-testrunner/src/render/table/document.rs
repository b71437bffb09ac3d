//! All of it in order: title, table, legend, problems, advice, notes, summary.

use super::{
    columns::Table,
    sections,
    style::TableStyle,
    text::{shown, wrap},
};
use crate::{render::figures, report::Report};

const LEGEND: &str =
    "CAN: J JSON mode, j JSON only in a code fence, T tools, S streaming, - no, ? not tested";

impl Report {
    /// The report as a table for a terminal, ending with a line break.
    pub fn render_table(&self, style: TableStyle) -> String {
        let mut lines = vec![style.rule(), title(self, style), String::new()];
        let table = Table::new(self, style);
        lines.extend(table.lines());
        if table.shows_abilities() {
            lines.extend([String::new(), wrap(" ", LEGEND, style.width)]);
        }
        let sections = [
            ("Problems", sections::problems(self, style)),
            ("Advice", sections::advice(self, style)),
            ("Notes", sections::notes(self, style)),
        ];
        for (name, paragraphs) in sections {
            if !paragraphs.is_empty() {
                lines.extend([String::new(), format!(" {name}")]);
                lines.extend(paragraphs);
            }
        }
        lines.extend([String::new(), style.rule(), sections::summary(self, style)]);
        lines.join("\n") + "\n"
    }
}

fn title(report: &Report, style: TableStyle) -> String {
    let mut text = format!(
        "Run {}  {}  {}",
        report.run_id,
        report.started.replace('T', " ").replace('Z', " UTC"),
        figures::profile(report)
    );
    if report.sandbox {
        text.push_str("  (SANDBOX)");
    }
    if report.partial {
        text.push_str("  (PARTIAL)");
    }
    wrap(" ", &shown(&text, style), style.width)
}
