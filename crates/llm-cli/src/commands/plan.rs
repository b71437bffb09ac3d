//! `test-models --dry-run`: what would be sent.

use std::fmt::Write;

use llm_testrunner::{PlannedModel, RunPlan};

use crate::{
    arguments::Format,
    failure::Failure,
    output::{ResultStream, escape_json, table},
};

/// Prints the plan of a run.
pub(super) fn show_plan(
    plan: &RunPlan,
    format: Format,
    output: &mut ResultStream,
) -> Result<(), Failure> {
    match format {
        Format::Quiet => Ok(()),
        Format::Json => {
            let text = serde_json::to_string_pretty(plan).map_err(Failure::internal)?;
            output.own(&format!("{}\n", escape_json(&text)))
        }
        Format::Human => {
            let rows: Vec<[String; 4]> = plan.models.iter().map(row).collect();
            output.own(&table(["MODEL", "ROLE", "CALLS", "SKIPPED"], &rows))?;
            output.own(&summary(plan))
        }
    }
}

fn row(model: &PlannedModel) -> [String; 4] {
    let skipped = model.skipped.as_ref();
    [
        format!("{}:{}", model.provider, model.model),
        model.role.map_or("-", llm_core::ModelRole::as_str).to_owned(),
        model.calls.len().to_string(),
        skipped.map_or_else(String::new, |skip| format!("{}: {}", skip.reason, skip.hint)),
    ]
}

fn summary(plan: &RunPlan) -> String {
    let cost = plan.cost_ceiling().unwrap_or_else(|| "no price is known".to_owned());
    let mut text = format!(
        "\n{} calls, about {} tokens in and at most {} out, {cost}; profile {}, concurrency {}\n",
        plan.calls,
        plan.input_tokens,
        plan.output_tokens,
        plan.profile.as_str(),
        plan.concurrency
    );
    if plan.cost_ceiling_usd.is_some() && !plan.unpriced.is_empty() {
        let _infallible = writeln!(text, "without a known price: {}", plan.unpriced.join(", "));
    }
    text
}
