//! The table: every fault, at every rate, with none, one and two healthy models behind.

use anyhow::Result;

use super::{cell, fault::Fault, report::Cell};

/// Percent of its calls that the primary fails.
const PERCENTS: [u32; 5] = [0, 10, 30, 50, 100];
/// Healthy models behind the primary.
const FALLBACKS: [usize; 3] = [0, 1, 2];
/// Requests of one cell.
pub(super) const REQUESTS: u32 = 300;
/// Of this comes everything that is drawn.
pub(super) const SEED: u64 = 20_261_125;

/// Runs every cell; every prompt has so many tokens.
///
/// # Errors
///
/// Those of a cell.
pub(super) fn run(prompt_tokens: u64) -> Result<Vec<Cell>> {
    let faults = Fault::all();
    let mut cells = Vec::new();
    for fallbacks in FALLBACKS {
        for fault in &faults {
            for percent in PERCENTS {
                cells.push(cell::run(fault, percent, fallbacks, REQUESTS, SEED, prompt_tokens)?);
            }
        }
    }
    Ok(cells)
}
