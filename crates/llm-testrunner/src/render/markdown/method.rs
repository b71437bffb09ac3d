//! How the figures came about.

use super::document::row;
use crate::{
    render::{escape::markdown, figures},
    report::Report,
};

pub(super) fn method(report: &Report) -> String {
    let settings = &report.settings;
    let facts = [
        ("run", report.run_id.clone()),
        ("started", report.started.clone()),
        ("configuration", settings.config.clone().unwrap_or_else(|| "–".to_owned())),
        ("profile", figures::profile(report)),
        ("concurrency", settings.concurrency.to_string()),
        (
            "order and prompts",
            format!(
                "models take turns in an order drawn from seed {}; every prompt is unique",
                settings.seed
            ),
        ),
        ("prompt hash", settings.prompt_hash.clone()),
        (
            "longest answer",
            format!(
                "{} tokens, {} for models that reason",
                settings.max_tokens, settings.max_tokens_reasoning
            ),
        ),
        ("deadline of a call", figures::limit(settings.timeout_ms)),
        ("success", "answered calls, with the Wilson 95% interval".to_owned()),
        ("percentiles", "p50 from 3 calls, p90 from 10, p95 from 20, p99 from 100".to_owned()),
        (
            "left out",
            "the warm-up from every figure, failed calls from times, time in our own queue"
                .to_owned(),
        ),
        (
            "working",
            format!(
                "every call answered, or the interval's lower end at least {} with 5 calls or more",
                settings.min_success
            ),
        ),
        ("version", settings.tool_version.clone()),
    ];
    let mut text = "## Method\n\n<details><summary>parameters, rules, environment</summary>\n\n\
        | Fact | Value |\n|---|---|\n"
        .to_owned();
    for (name, value) in facts {
        row(&mut text, &[name.to_owned(), markdown(&value)]);
    }
    text.push_str("\n</details>\n");
    text
}
