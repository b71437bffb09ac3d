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

/// What went wrong, a paragraph a failure, told in full for the first model that met it. What a
/// model cannot do stands in the table.
pub(super) fn problems(report: &Report, style: TableStyle) -> Vec<String> {
    let all: Vec<(&str, Vec<String>)> =
        report.models.iter().map(|model| (model.model.as_str(), texts(model))).collect();
    let mut told: Vec<(String, String)> = Vec::new();
    for (name, texts) in &all {
        let alike = all.iter().find(|(_, others)| others == texts);
        let texts = match alike {
            Some((first, _)) if first != name && !texts.is_empty() => {
                vec![format!("the same as {first}")]
            }
            _ => texts.clone(),
        };
        for (index, text) in texts.iter().enumerate() {
            let name = if index == 0 { name } else { "" };
            told.push((shown(name, style), shown(text, style)));
        }
    }
    let longest = told.iter().map(|(name, _)| width(name)).max().unwrap_or_default();
    let name_width = longest.min(style.width / 3);
    let paragraph = |(name, text): &(String, String)| {
        // A name that is too long for its column has a line of its own.
        let (above, name) = if width(name) > name_width {
            (format!("   {name}\n"), "")
        } else {
            (String::new(), name.as_str())
        };
        above + &wrap(&format!("   {}  ", pad_right(name, name_width)), text, style.width)
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
            action(advice, report),
            advice.confidence.as_str(),
            advice.reason
        );
        wrap(&lead, &shown(&text, style), style.width)
    });
    paragraphs.collect()
}

fn action(advice: &Recommendation, report: &Report) -> String {
    let names = advice.suggested.join(", ");
    let models = || report.models.iter().filter(|model| model.role == Some(advice.role));
    let is_promoted = advice.suggested.iter().any(|name| !advice.now.contains(name));
    if advice.suggested.is_empty() {
        "no model of it works".to_owned()
    } else if !is_promoted && models().all(|model| model.good == 0 && model.sent > 0) {
        format!("none answers; keep {names} until the cause is mended")
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
