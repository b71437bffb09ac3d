//! What the reader should know of how the figures came about.

use crate::{
    options::RunOptions,
    report::{ModelReport, Totals},
};

/// A first call this much slower than the median is worth a word.
const SLOW_START: f64 = 2.0;

/// Notes on the measurement itself.
pub(crate) fn notes(models: &[ModelReport], totals: &Totals, options: &RunOptions) -> Vec<String> {
    let mut notes = Vec::new();
    if models.iter().any(|model| model.sent > 0) && options.repeats() < 3 {
        notes.push(
            "So few calls a model show who answers, not who is faster or more reliable: use \
             --profile standard for that."
                .to_owned(),
        );
    }
    if totals.queued_calls > 0 {
        notes.push(format!(
            "{} of {} calls waited for a free place among {} concurrent ones; no time includes \
             that wait.",
            totals.queued_calls,
            totals.calls,
            options.concurrency.max(1)
        ));
    }
    let slow_starts = models.iter().filter_map(|model| {
        let factor = model.cold_ms? / model.time.p50_ms.filter(|median| *median > 0.0)?;
        (factor >= SLOW_START)
            .then(|| format!("The warm-up of {} took {factor:.1} times its median.", model.model))
    });
    notes.extend(slow_starts);
    if totals.calls > 0 && totals.cost_usd.is_some() && !totals.cost_complete {
        notes.push("The cost of some calls is not known; the sum leaves them out.".to_owned());
    }
    notes
}
