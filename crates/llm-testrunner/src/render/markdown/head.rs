//! The result in two lines.

use std::fmt::Write;

use llm_core::ModelRole;

use crate::{
    render::{
        escape::{code, marked},
        figures,
    },
    report::{ModelReport, Report, Status},
};

pub(super) fn head(report: &Report) -> String {
    let totals = &report.totals;
    let mut text = "# LLM model test report\n\n".to_owned();
    if report.sandbox {
        text.push_str("> SANDBOX: the models are simulated, every number is invented.\n\n");
    }
    if report.partial {
        text.push_str("> PARTIAL: the run was stopped before its end.\n\n");
    }
    let elapsed = figures::seconds(Some(report.elapsed_ms)).unwrap_or_default();
    let _ = writeln!(
        text,
        "**{} of {} answered.** {}. {}, {elapsed}, {}.",
        totals.ok + totals.degraded,
        figures::plural(totals.models, "model"),
        if totals.models == 0 { "Nothing was tested".to_owned() } else { figures::counts(totals) },
        figures::plural(totals.calls, "call"),
        figures::spent(totals),
    );
    let actions = actions(report);
    if !actions.is_empty() {
        let _ = writeln!(text, "{}", actions.join(" "));
    }
    text
}

/// The few things a reader should do.
fn actions(report: &Report) -> Vec<String> {
    let mut actions = Vec::new();
    for advice in &report.recommendations {
        let first = advice.suggested.first().filter(|name| is_working(report, name));
        if let Some(first) = first.filter(|_| advice.role == ModelRole::Primary) {
            actions.push(format!("Use {} as primary.", code(first)));
        }
    }
    for model in &report.models {
        match (&model.skipped, model.status) {
            (Some(skip), _) if skip.reason == "missing_key" => {
                actions.push(format!("For {}: {}.", code(&model.model), marked(&skip.hint)));
            }
            (None, Status::Failed) => {
                let hint = model.failures.first().map(|failure| marked(&failure.hint));
                let hint = hint.unwrap_or_default();
                actions.push(format!("{} does not answer: {hint}.", code(&model.model)));
            }
            _ => {}
        }
    }
    actions
}

/// Whether the model that a recommendation calls so works.
fn is_working(report: &Report, name: &str) -> bool {
    let is_called =
        |model: &ModelReport| model.model == name || model.model_ref().to_string() == name;
    report.models.iter().any(|model| model.working && is_called(model))
}
