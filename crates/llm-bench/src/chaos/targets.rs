//! What is promised of the table and of cancellations, and whether it was kept.

use super::report::{Cancellation, Cell, Target};

/// At least this share of requests is answered with a healthy model behind the primary.
pub(super) const LEAST_SUCCESS: f64 = 0.999;
/// At most so many attempts a request with the primary dead.
const MOST_AMPLIFICATION: f64 = 1.3;
/// At most so many attempts on a dead model in the minute after its first failure was seen.
pub(super) const MOST_AFTER_FAILURE: usize = 5;
/// Milliseconds in which an upstream sees that its caller left.
const MOST_UNTIL_EOF_MS: f64 = 50.0;

/// The promises about the table and, from their last row, about cancellations.
pub fn targets(cells: &[Cell], cancellations: &[Cancellation]) -> Vec<Target> {
    let mut targets = of_cells(cells);
    targets.extend(cancellations.last().map(of_cancellations));
    targets
}

/// The promises about the table.
fn of_cells(cells: &[Cell]) -> Vec<Target> {
    let rescued = cells.iter().filter(|cell| cell.fallbacks == 1);
    let rescued = rescued.filter(|cell| !cell.after_commit);
    let dead = || cells.iter().filter(|cell| cell.fallbacks == 1 && cell.percent == 100);
    let least = rescued.min_by(|left, right| left.success.total_cmp(&right.success));
    let most = dead().max_by(|left, right| left.amplification.total_cmp(&right.amplification));
    let amplified = dead().filter(|cell| cell.amplification > MOST_AMPLIFICATION);
    let asked = dead().max_by_key(|cell| cell.after_first_failure.attempts);
    let asked_on = dead().filter(|cell| cell.after_first_failure.attempts > MOST_AFTER_FAILURE);
    let success = Target {
        promise: format!(
            "at least {} % of requests are answered with one healthy fallback, faults before \
             commit",
            LEAST_SUCCESS * 100.0
        ),
        found: least.map_or_else(String::new, |cell| {
            format!("{:.2} % ({}, {} %)", cell.success * 100.0, cell.fault, cell.percent)
        }),
        met: least.is_some_and(|cell| cell.success >= LEAST_SUCCESS),
    };
    let amplification = Target {
        promise: format!(
            "at most {MOST_AMPLIFICATION} attempts a request with the primary dead and one \
             fallback, 1 request a second"
        ),
        found: most.map_or_else(String::new, |cell| {
            let figure = format!("{:.2} ({})", cell.amplification, place(cell));
            with_list(
                figure,
                amplified.map(|cell| format!("{} {:.2}", place(cell), cell.amplification)),
            )
        }),
        met: most.is_some_and(|cell| cell.amplification <= MOST_AMPLIFICATION),
    };
    let dead_model = Target {
        promise: format!(
            "at most {MOST_AFTER_FAILURE} attempts on a dead model in the minute after its first \
             failure was seen"
        ),
        found: asked.map_or_else(String::new, |cell| {
            let figure = format!("{} ({})", cell.after_first_failure.attempts, place(cell));
            with_list(
                figure,
                asked_on
                    .map(|cell| format!("{} {}", place(cell), cell.after_first_failure.attempts)),
            )
        }),
        met: asked.is_some_and(|cell| cell.after_first_failure.attempts <= MOST_AFTER_FAILURE),
    };
    vec![success, amplification, dead_model]
}

/// The promise about callers who leave.
fn of_cancellations(all: &Cancellation) -> Target {
    Target {
        promise: format!(
            "an upstream sees within {MOST_UNTIL_EOF_MS} ms that its caller has left, at the 99th \
             percentile, in real time"
        ),
        found: format!("{:.2} ms of {} cancellations", all.p99_ms, all.count),
        met: all.p99_ms <= MOST_UNTIL_EOF_MS,
    }
}

/// Names a cell.
pub(super) fn place(cell: &Cell) -> String {
    match cell.callers.as_str() {
        "both" => cell.fault.clone(),
        callers => format!("{}, {callers}", cell.fault),
    }
}

/// A figure, and where else the promise was broken.
fn with_list(figure: String, broken: impl Iterator<Item = String>) -> String {
    let broken: Vec<String> = broken.collect();
    if broken.is_empty() { figure } else { format!("{figure}; missed by: {}", broken.join("; ")) }
}
