//! From the models to the figures of the run.

use llm_core::Billed;

use super::{CallReport, ModelReport, Status, Totals};

/// A call waited when it did so for at least this long, in milliseconds.
const WAITED: f64 = 1.0;

/// The figures of a run of `models`.
pub(crate) fn total(models: &[ModelReport]) -> Totals {
    let calls = || models.iter().flat_map(|model| &model.calls);
    let having =
        |status: Status| count(models.iter().filter(|model| model.status == status).count());
    let costs: Vec<f64> = calls().filter_map(|call| call.cost_usd).collect();
    Totals {
        models: count(models.len()),
        ok: having(Status::Ok),
        degraded: having(Status::Degraded),
        failed: having(Status::Failed),
        skipped: having(Status::Skipped),
        calls: count(calls().count()),
        queued_calls: count(calls().filter(|call| call.queued_ms >= WAITED).count()),
        input_tokens: calls().filter_map(|call| call.input_tokens).sum(),
        output_tokens: calls().filter_map(|call| call.output_tokens).sum(),
        cost_usd: (!costs.is_empty()).then(|| (costs.iter().sum::<f64>() * 1e9).round() / 1e9),
        cost_complete: calls().all(is_accounted),
    }
}

/// Whether nothing about the call's cost is open: it is known, or there is none.
fn is_accounted(call: &CallReport) -> bool {
    call.cost_usd.is_some() || call.billed == Billed::No
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
