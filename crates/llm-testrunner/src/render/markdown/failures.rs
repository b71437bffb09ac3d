//! What went wrong.

use super::document::row;
use crate::{
    render::{
        escape::{code, markdown, marked},
        figures,
    },
    report::{Failure, ModelReport, Report},
};

pub(super) fn failures(report: &Report) -> String {
    let mut rows = String::new();
    for model in &report.models {
        if let Some(skip) = &model.skipped {
            row(
                &mut rows,
                &[
                    code(&model.model),
                    code(&skip.reason),
                    "–".to_owned(),
                    "not tried".to_owned(),
                    marked(&skip.hint),
                ],
            );
        }
        for failure in &model.failures {
            row(&mut rows, &failure_cells(model, failure));
        }
    }
    if rows.is_empty() {
        return String::new();
    }
    format!(
        "## Failures\n\n| Model | error.type | Count | First message (redacted) | What to do |\n\
         |---|---|---:|---|---|\n{rows}"
    )
}

fn failure_cells(model: &ModelReport, failure: &Failure) -> [String; 5] {
    let status = failure.status.map(|status| format!("{status}: ")).unwrap_or_default();
    let limit = failure.limit_ms.map(|limit| format!(" (>= {})", figures::limit(limit)));
    let message = format!("{status}{}{}", failure.message, limit.unwrap_or_default());
    [
        code(&model.model),
        code(&failure.error_type),
        format!("{} of {}", failure.count, failure.of),
        markdown(&message),
        marked(&failure.hint),
    ]
}
