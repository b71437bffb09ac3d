//! A whole run.

use anyhow::Result;

use super::{
    cancellations,
    cell::prompt_tokens,
    house::ANSWER_TOKENS,
    report::Report,
    situations,
    table::{self, REQUESTS, SEED},
    targets::targets,
};

/// Runs everything.
///
/// # Errors
///
/// When an upstream cannot be started, or the outcomes tell of other attempts than it saw.
pub fn run() -> Result<Report> {
    // In real time, so first, while nothing else of this program has run.
    let cancellations = cancellations::run(SEED)?;
    let prompt_tokens = prompt_tokens(SEED)?;
    let cells = table::run(prompt_tokens)?;
    let situations = situations::all(SEED)?;
    Ok(Report {
        seed: SEED,
        requests_per_cell: REQUESTS,
        prompt_tokens,
        answer_tokens: ANSWER_TOKENS,
        targets: targets(&cells, &cancellations),
        cells,
        cancellations,
        situations,
    })
}
