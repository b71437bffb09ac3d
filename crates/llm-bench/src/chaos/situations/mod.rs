//! Situations that users know, and what becomes of them.

mod hanging;
mod outage;
mod parallel;
mod steady;
mod storm;
mod throttled;

pub use outage::back_after_a_minute;
pub use parallel::callers_at_once;
pub use steady::with_fallback;

use anyhow::Result;

use super::{
    load::Record,
    report::{Figure, Second, Situation, Target},
};
use crate::chaos::house::{House, PRIMARY};

/// Seconds of the two situations with 50 requests a second.
const STEADY_SECONDS: u32 = 120;

/// Callers who ask at once.
const CALLERS: usize = 1_000;

/// Every situation.
///
/// # Errors
///
/// When a house cannot be built, or the outcomes tell of other attempts than the upstreams saw.
pub(super) fn all(seed: u64) -> Result<Vec<Situation>> {
    Ok(vec![
        steady::alone_with_errors(seed, STEADY_SECONDS)?,
        with_fallback(seed, STEADY_SECONDS)?,
        hanging::eight_models(seed)?,
        throttled::for_ever(seed)?,
        hanging::best_of_two(seed)?,
        back_after_a_minute(seed)?,
        callers_at_once(seed, CALLERS)?,
        storm::everything_down(seed)?,
    ])
}

fn count(what: &str, value: usize) -> Figure {
    let value = u32::try_from(value).map_or(f64::INFINITY, f64::from);
    Figure { what: what.to_owned(), value, unit: String::new() }
}

fn seconds(what: &str, value: f64) -> Figure {
    Figure { what: what.to_owned(), value, unit: "s".to_owned() }
}

fn percent(what: &str, share: f64) -> Figure {
    Figure { what: what.to_owned(), value: share * 100.0, unit: "%".to_owned() }
}

fn factor(what: &str, value: f64) -> Figure {
    Figure { what: what.to_owned(), value, unit: "x".to_owned() }
}

fn promise(promise: &str, found: String, met: bool) -> Target {
    Target { promise: promise.to_owned(), found, met }
}

/// Requests by the second in which they were asked, attempts by that in which they came to the
/// upstreams' logs; those that were refused have only the callers' word.
fn by_second(records: &[Record], house: &House) -> Vec<Second> {
    let mut seconds: Vec<Second> = Vec::new();
    let mut at = |moment: std::time::Duration, add: fn(&mut Second)| {
        let second = moment.as_secs();
        for missing in seconds.len().try_into().unwrap_or(u64::MAX)..=second {
            seconds.push(Second { second: missing, requests: 0, primary: 0, others: 0 });
        }
        if let Some(found) = usize::try_from(second).ok().and_then(|place| seconds.get_mut(place)) {
            add(found);
        }
    };
    for record in records {
        at(record.asked, |second| second.requests += 1);
        for (began, _) in
            record.begun().filter(|(began, attempt)| house.is_refused(attempt, *began))
        {
            at(began, |second| second.primary += 1);
        }
    }
    for call in house.calls() {
        if call.model == PRIMARY {
            at(call.started, |second| second.primary += 1);
        } else {
            at(call.started, |second| second.others += 1);
        }
    }
    seconds
}

/// Attempts on the primary that began in a stretch of time.
fn on_primary(records: &[Record], from: std::time::Duration, to: std::time::Duration) -> usize {
    let began = records.iter().flat_map(|record| {
        let on_primary = record.attempts.iter().filter(|attempt| attempt.model == PRIMARY);
        on_primary.map(|attempt| record.began(attempt))
    });
    began.filter(|began| (from..to).contains(began)).count()
}
