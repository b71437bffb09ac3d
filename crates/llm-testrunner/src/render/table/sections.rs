//! What stands under the table: problems, advice, notes, summary.

use super::{
    style::TableStyle,
    text::{pad_right, shown, width, wrap},
};
use crate::{
    render::figures,
    report::{Failure, ModelReport, Recommendation, Report},
    taxonomy::CallVerdict,
};

/// What went wrong, a paragraph a failure. What a model cannot do stands in the table.
pub(super) fn problems(report: &Report, style: TableStyle) -> Vec<String> {
    let told: Vec<(String, String)> = report
        .models
        .iter()
        .flat_map(|model| {
            let texts = texts(model).into_iter().enumerate();
            texts.map(|(index, text)| {
                let name = if index == 0 { model.model.as_str() } else { "" };
                (shown(name, style), shown(&text, style))
            })
        })
        .collect();
    let longest = told.iter().map(|(name, _)| width(name)).max().unwrap_or_default();
    let name_width = longest.min(style.width / 3);
    let paragraph = |(name, text): &(String, String)| {
        wrap(&format!("   {}  ", pad_right(name, name_width)), text, style.width)
    };
    told.iter().map(paragraph).collect()
}

fn texts(model: &ModelReport) -> Vec<String> {
    let skipped = model.skipped.iter().map(|skip| format!("{}: {}.", skip.reason, skip.hint));
    let told = |failure: &&Failure| failure.verdict != CallVerdict::CapabilityOff;
    let failures = model.failures.iter().filter(told).enumerate();
    skipped.chain(failures.map(|(index, failure)| problem(model, failure, index))).collect()
}

fn problem(model: &ModelReport, failure: &Failure, index: usize) -> String {
    let status = failure.status.map(|status| format!(" (status {status})")).unwrap_or_default();
    let limit = failure.limit_ms.map(|limit| format!(" (>= {})", figures::limit(limit)));
    let rest = if index == 0 && model.not_sent > 0 {
        format!(", {} not sent", figures::plural(model.not_sent, "call"))
    } else {
        String::new()
    };
    format!(
        "{}{status} {} of {}{}{rest}: {}. {}",
        failure.error_type,
        failure.count,
        failure.of,
        limit.unwrap_or_default(),
        failure.message,
        sentence(&failure.hint),
    )
}

/// What to do with the roles, a paragraph a role.
pub(super) fn advice(report: &Report, style: TableStyle) -> Vec<String> {
    let paragraphs = report.recommendations.iter().map(|advice| {
        let lead = format!("   {}  ", pad_right(advice.role.as_str(), "duplicate".len()));
        let text = format!(
            "{} ({} confidence: {})",
            action(advice),
            advice.confidence.as_str(),
            advice.reason
        );
        wrap(&lead, &shown(&text, style), style.width)
    });
    paragraphs.collect()
}

fn action(advice: &Recommendation) -> String {
    let names = advice.suggested.join(", ");
    if advice.suggested.is_empty() {
        "no model of it works".to_owned()
    } else if advice.suggested == advice.now {
        format!("keep {names}")
    } else {
        format!("use {names}")
    }
}

pub(super) fn notes(report: &Report, style: TableStyle) -> Vec<String> {
    report.notes.iter().map(|note| wrap("   ", &shown(note, style), style.width)).collect()
}

/// The one line that says it all.
pub(super) fn summary(report: &Report, style: TableStyle) -> String {
    let totals = &report.totals;
    // Precision is of no use here.
    let seconds = (report.elapsed_ms / 1e3).round().clamp(0.0, 359_999.0);
    let (hours, minutes) = ((seconds / 3600.0).floor(), (seconds / 60.0).floor() % 60.0);
    let counts = figures::counts(totals);
    let text = format!(
        "[{hours:02.0}:{minutes:02.0}:{:02.0}] {}{}{counts}; {}; {}",
        seconds % 60.0,
        figures::plural(totals.models, "model"),
        if counts.is_empty() { "" } else { ": " },
        figures::plural(totals.calls, "call"),
        figures::spent(totals),
    );
    wrap("     Summary ", &text, style.width)
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), letters.as_str()))
}
