//! Steady traffic to a model that fails now and then.

use std::time::Duration;

use anyhow::{Result, ensure};
use llm_manager::GenerateOptions;
use llm_testkit::simulator::Reply;

use super::{count, factor, percent, promise, seconds};
use crate::chaos::{
    house::{Blueprint, House, PRIMARY, healthy},
    load::{Record, ask_all, steady},
    report::Situation,
    simulate,
    statistics::{Summary, ratio},
    targets::LEAST_SUCCESS,
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
/// When the house cannot be built, the outcomes tell of other attempts than the upstreams saw, or
/// a request was tried otherwise than the verdict says.
pub(super) fn alone_with_errors(seed: u64, lasts: u32) -> Result<Situation> {
    let (house_seen, records) = run(seed, lasts, 500, 0)?;
    let summary = Summary::of(&records);
    let failures = |record: &&Record| {
        record.attempts.iter().filter(|attempt| attempt.outcome.error().is_some()).count()
    };
    let met = records.iter().filter(|record| failures(record) > 0).count();
    let unlucky = summary.requests - summary.answered;
    let pause = records.iter().flat_map(pauses).max().unwrap_or_default();
    for record in &records {
        let (failed, tried) = (failures(&record), record.attempts.len());
        let as_told = if record.is_served() { tried == failed + 1 } else { failed == 2 };
        ensure!(as_told && tried <= 2, "a request had {failed} failures in {tried} attempts");
    }
    Ok(Situation {
        id: "a".to_owned(),
        title: format!("One model alone, {} % of its calls fail at random", FAILING * 100.0),
        done: format!(
            "{A_SECOND} requests a second for {lasts} s; each call ends with status 500 with a \
             probability of {} %; nothing else is configured.",
            FAILING * 100.0
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
            "{}: {met} of {} callers met a failure; their call was repeated once, after {:.1} s at \
             most, and {unlucky} met a second failure and got the error.",
            if summary.success() >= LEAST_SUCCESS { "Yes" } else { "No" },
            summary.requests,
            pause.as_secs_f64(),
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
    let all_answered = summary.answered == summary.requests;
    Ok(Situation {
        id: "b".to_owned(),
        title: "The same with status 503, and a fallback behind it".to_owned(),
        done: format!(
            "{A_SECOND} requests a second for {lasts} s; each call of the primary ends with \
             status 503 with a probability of {} %; one healthy fallback.",
            FAILING * 100.0
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
                &format!("the primary keeps at least {} % of the traffic", KEEPS * 100.0),
                format!("{:.1} %", share * 100.0),
                kept,
            ),
            promise(
                "every request is answered",
                format!("{} of {}", summary.answered, summary.requests),
                all_answered,
            ),
        ],
        by_second: Vec::new(),
        verdict: if kept && all_answered {
            format!(
                "Yes: a model that fails {} % of its calls stays the first choice, and nobody sees \
                 its failures.",
                FAILING * 100.0
            )
        } else {
            "No: a promise is broken.".to_owned()
        },
    })
}

/// From the end of each attempt of a request to the beginning of the next.
fn pauses(record: &Record) -> impl Iterator<Item = Duration> {
    let next = record.attempts.iter().skip(1);
    record
        .attempts
        .iter()
        .zip(next)
        .map(|(attempt, next)| next.started.saturating_sub(attempt.started + attempt.elapsed))
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
