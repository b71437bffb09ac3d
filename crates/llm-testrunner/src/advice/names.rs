//! What a configuration calls a model.

use crate::report::ModelReport;

/// The model's id, with its provider where the id alone is not enough.
pub(super) fn name(model: &ModelReport, all: &[ModelReport]) -> String {
    let namesakes = all.iter().filter(|other| other.model == model.model);
    let ambiguous = namesakes.clone().any(|other| other.provider != model.provider);
    if ambiguous { format!("{}:{}", model.provider, model.model) } else { model.model.clone() }
}
