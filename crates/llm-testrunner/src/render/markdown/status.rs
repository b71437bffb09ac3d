//! The table of models.

use super::document::row;
use crate::{
    render::{
        escape::{code, markdown},
        figures,
    },
    report::{ModelReport, Report, Status, Support},
};

pub(super) fn status(report: &Report) -> String {
    let mut text = "## Status\n\n\
        | Status | Model | Provider | Role | Good | 95% interval | TTFT p50 | Time p50 | Time p90 | Warm-up | Last | Tokens/s | $ per 1k calls | JSON | Tools | Stream |\n\
        |---|---|---|---|---:|---|---:|---:|---:|---:|---:|---:|---:|---|---|---|\n"
        .to_owned();
    for model in &report.models {
        row(&mut text, &status_cells(model));
    }
    text
}

fn status_cells(model: &ModelReport) -> Vec<String> {
    let figure = |value: Option<String>| value.unwrap_or_else(|| "–".to_owned());
    let has_answered = model.good > 0;
    let support = |support: Support| if has_answered { word(support) } else { "–" }.to_owned();
    vec![
        format!("{} {}", symbol(model.status), model.status.as_str()),
        code(&model.model),
        markdown(&model.provider),
        model.role.map_or_else(|| "–".to_owned(), |role| role.as_str().to_owned()),
        figure(figures::good(model)),
        figure(figures::interval(model.interval.filter(|_| model.good > 0), '–')),
        figure(figures::millis(model.first_token.p50_ms)),
        figure(figures::seconds(model.time.p50_ms)),
        figure(figures::seconds(model.time.p90_ms)),
        figure(figures::seconds(model.cold_ms)),
        figure(figures::seconds(model.last_ms)),
        figure(figures::speed(model.tokens_per_second)),
        figure(figures::price(model.usd_per_1k_calls).map(|price| markdown(&price))),
        support(model.checks.json),
        support(model.checks.tools),
        support(model.checks.stream),
    ]
}

const fn symbol(status: Status) -> &'static str {
    match status {
        Status::Ok => "✅",
        Status::Degraded => "⚠️",
        Status::Failed => "❌",
        Status::Skipped => "⏭️",
    }
}

const fn word(support: Support) -> &'static str {
    match support {
        Support::Unknown => "not tested",
        Support::Yes => "yes",
        Support::Fenced => "fenced",
        Support::No => "no",
    }
}
