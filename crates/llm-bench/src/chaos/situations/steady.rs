//! Steady traffic to a model that fails now and then.

use std::time::Duration;

use anyhow::Result;
use llm_manager::GenerateOptions;
use llm_testkit::simulator::Reply;

use super::{count, factor, percent, promise, seconds};
use crate::chaos::{
    house::{Blueprint, House, PRIMARY, healthy},
    load::{Record, ask_all, steady},
    report::Situation,
    simulate,
    statistics::{Summary, ratio},
};

const GAP: Duration = Duration::from_millis(20);
const A_SECOND: u32 = 50;
/// The share of calls that fail.
const FAILING: f64 = 0.02;
/// The share of the answers that the primary must give.
const KEEPS: f64 = 0.9;

/// One model alone at 50 requests a second, 2 % of whose calls end with status 500.
///
/// # Errors
///
/// When the house cannot be built, or the outcomes tell of other attempts than the upstreams saw.
pub fn alone_with_errors(seed: u64, lasts: u32) -> Result<Situation> {
    let (house_seen, records) = run(seed, lasts, 500, 0)?;
    let summary = Summary::of(&records);
    let unlucky = summary.requests - summary.answered;
    Ok(Situation {
        id: "a".to_owned(),
        title: "One model alone, 2 % of its calls fail at random".to_owned(),
        done: format!(
            "{A_SECOND} requests a second for {lasts} s; each call ends with status 500 with a \
             probability of 2 %; nothing else is configured."
        ),
        figures: vec![
            count("requests", summary.requests),
            percent("answered", summary.success()),
            seconds("median", summary.p50),
            seconds("99th percentile", summary.p99),
            seconds("slowest", summary.slowest),
            factor("attempts a request", ratio(house_seen, summary.requests)),
        ],
        promises: Vec::new(),
        by_second: Vec::new(),
        verdict: format!(
            "{}: a failed call is repeated once after at most half a second; {unlucky} of {} \
             callers met a second failure and got the error.",
            if summary.success() >= 0.999 { "Yes" } else { "No" },
            summary.requests,
        ),
    })
}

/// The same with status 503 and a healthy fallback.
///
/// # Errors
///
/// When the house cannot be built, or the outcomes tell of other attempts than the upstreams saw.
pub fn with_fallback(seed: u64, lasts: u32) -> Result<Situation> {
    let (house_seen, records) = run(seed, lasts, 503, 1)?;
    let summary = Summary::of(&records);
    let by_primary = records.iter().filter(|record| record.by.as_deref() == Some(PRIMARY)).count();
    let share = ratio(by_primary, summary.requests);
    let kept = share >= KEEPS;
    Ok(Situation {
        id: "b".to_owned(),
        title: "The same with status 503, and a fallback behind it".to_owned(),
        done: format!(
            "{A_SECOND} requests a second for {lasts} s; each call of the primary ends with \
             status 503 with a probability of 2 %; one healthy fallback."
        ),
        figures: vec![
            count("requests", summary.requests),
            percent("answered", summary.success()),
            percent("answered by the primary", share),
            seconds("median", summary.p50),
            seconds("99th percentile", summary.p99),
            factor("attempts a request", ratio(house_seen, summary.requests)),
        ],
        promises: vec![
            promise(
                "the primary keeps at least 90 % of the traffic",
                format!("{:.1} %", share * 100.0),
                kept,
            ),
            promise(
                "every request is answered",
                format!("{} of {}", summary.answered, summary.requests),
                summary.answered == summary.requests,
            ),
        ],
        by_second: Vec::new(),
        verdict: if kept {
            "Yes: a model that works 49 times of 50 stays the first choice, and nobody sees its \
             failures."
        } else {
            "No: a model that works 49 times of 50 loses traffic it could serve."
        }
        .to_owned(),
    })
}

/// The attempts the upstreams saw, and what became of the requests.
fn run(seed: u64, lasts: u32, status: u16, fallbacks: usize) -> Result<(usize, Vec<Record>)> {
    simulate(async {
        let failing = Reply::status(status).after(Duration::from_millis(200));
        let primary = healthy(PRIMARY).sometimes(FAILING, failing);
        let blueprint = Blueprint::new(seed).model("primary", primary).fallbacks(fallbacks);
        let house: House = blueprint.build()?;
        let asks = steady(A_SECOND * lasts, GAP);
        let records = ask_all(&house.manager, asks, &GenerateOptions::default()).await?;
        house.reconcile(&records)?;
        Ok((house.seen(), records))
    })
}
