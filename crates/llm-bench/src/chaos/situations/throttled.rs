//! A model that says 429 for ever and never when to come back.

use std::time::Duration;

use anyhow::{Result, ensure};
use llm_manager::GenerateOptions;
use llm_testkit::simulator::Reply;

use super::{count, factor, percent, seconds};
use crate::chaos::{
    house::{Blueprint, PRIMARY, healthy},
    load::{Record, ask_all, steady},
    report::Situation,
    simulate,
    statistics::{Summary, ratio},
};

/// Requests of each half.
const REQUESTS: u32 = 120;
const GAP: Duration = Duration::from_secs(1);

/// A 429 without a hint for ever: the model alone, then with a fallback.
pub(super) fn for_ever(seed: u64) -> Result<Situation> {
    let alone = run(seed, 0)?;
    let backed = run(seed, 1)?;
    let (of_alone, of_backed) = (Summary::of(&alone), Summary::of(&backed));
    let on_primary = |records: &[Record]| super::on_primary(records, Duration::ZERO, Duration::MAX);
    let attempts: usize = backed.iter().map(|record| record.attempts.len()).sum();
    let knocked = alone.iter().filter(|record| record.asked_of(PRIMARY)).count();
    ensure!(of_alone.answered == 0, "a model that refuses everything has answered");
    Ok(Situation {
        id: "d".to_owned(),
        title: "Status 429 for ever, without a hint".to_owned(),
        done: format!(
            "{REQUESTS} requests, {} s apart, to a model that answers 429 without saying when \
             to come back; alone, and with a healthy fallback.",
            GAP.as_secs()
        ),
        figures: vec![
            percent("alone: answered", of_alone.success()),
            seconds("alone: until the error, median", of_alone.p50),
            seconds("alone: until the error, slowest", of_alone.slowest),
            factor("alone: attempts a request", ratio(on_primary(&alone), of_alone.requests)),
            percent("with a fallback: answered", of_backed.success()),
            seconds("with a fallback: median", of_backed.p50),
            seconds("with a fallback: 99th percentile", of_backed.p99),
            count("with a fallback: attempts on the throttled model", on_primary(&backed)),
            factor("with a fallback: attempts a request", ratio(attempts, of_backed.requests)),
        ],
        promises: Vec::new(),
        by_second: Vec::new(),
        verdict: format!(
            "With a fallback {}: {} of {REQUESTS} requests are answered, and the throttled model is \
             asked {} times in {} s. Alone no: {} of {REQUESTS} are answered; half of the callers \
             know it after {:.1} s, but {knocked} of them knock at a model that asked to be left \
             alone, and the slowest waits {:.0} s.",
            if of_backed.answered == of_backed.requests { "yes" } else { "no" },
            of_backed.answered,
            on_primary(&backed),
            (GAP * REQUESTS).as_secs(),
            of_alone.answered,
            of_alone.p50,
            of_alone.slowest,
        ),
    })
}

fn run(seed: u64, fallbacks: usize) -> Result<Vec<Record>> {
    simulate(async {
        let throttled = Reply::status(429).after(Duration::from_millis(200));
        let primary = healthy(PRIMARY).with_reply(throttled);
        let house = Blueprint::new(seed).model("primary", primary).fallbacks(fallbacks).build()?;
        let asks = steady(REQUESTS, GAP);
        let records = ask_all(&house.manager, asks, &GenerateOptions::default()).await?;
        house.reconcile(&records)?;
        Ok(records)
    })
}
