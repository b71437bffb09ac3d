//! What to do with the roles.

use std::fmt::Write;

use super::document::row;
use crate::{
    render::escape::{code, markdown},
    report::Report,
};

pub(super) fn recommendations(report: &Report) -> String {
    if report.recommendations.is_empty() {
        return String::new();
    }
    let mut text = "## Recommendations\n\n\
        | Role | Now | Suggested | Why | Confidence |\n|---|---|---|---|---|\n"
        .to_owned();
    for advice in &report.recommendations {
        let names = |list: &[String]| match list {
            [] => "–".to_owned(),
            list => list.iter().map(|name| code(name)).collect::<Vec<_>>().join(", "),
        };
        row(
            &mut text,
            &[
                advice.role.as_str().to_owned(),
                names(&advice.now),
                names(&advice.suggested),
                markdown(&advice.reason),
                format!("{} (n={})", advice.confidence.as_str(), advice.n),
            ],
        );
    }
    let roles = report.render_model_roles();
    if !roles.is_empty() {
        let _ = write!(
            text,
            "\nReady to paste; no configuration is ever edited:\n\n```yaml\n{roles}```\n"
        );
    }
    text
}
