//! Models that take a request and never answer.

use std::time::Duration;

use anyhow::Result;
use llm_manager::{GenerateOptions, config::StrategyName};
use llm_testkit::simulator::{ModelScript, Reply};

use super::{count, percent, seconds};
use crate::chaos::{
    house::{Blueprint, FALLBACKS, PRIMARY, healthy},
    load::{Record, ask_all, steady},
    report::Situation,
    simulate,
    statistics::{Summary, ratio},
};

/// Requests of each situation here.
const REQUESTS: u32 = 20;
/// Models besides the first.
const OTHERS: [&str; 7] = [
    "boreal/second",
    "tiny/third",
    "acme/fourth",
    "boreal/fifth",
    "tiny/sixth",
    "acme/seventh",
    "boreal/eighth",
];

/// Eight models that hang, under a deadline of 60 s; and the same when the last one works.
pub(super) fn eight_models(seed: u64) -> Result<Situation> {
    let all_hang = eight(seed, false)?;
    let one_works = eight(seed, true)?;
    let of_hanging = Summary::of(&all_hang);
    let of_working = Summary::of(&one_works);
    let first = one_works.first();
    let first_asked = all_hang.first().map_or(0, |record| record.attempts.len());
    let later = Summary::of(one_works.iter().skip(1));
    let served_first = first.is_some_and(Record::is_served);
    Ok(Situation {
        id: "c".to_owned(),
        title: "Eight models that hang, under a deadline of 60 s".to_owned(),
        done: format!(
            "{REQUESTS} requests, 30 s apart, `timeout: 60`; eight models take the request and \
             stay silent. Then the same with the eighth in good health."
        ),
        figures: vec![
            seconds("all hang: until the first caller has its error", first_time(&all_hang)),
            count("all hang: models the first request asked", first_asked),
            seconds("all hang: slowest", of_hanging.slowest),
            percent("the eighth works: answered", of_working.success()),
            seconds("the eighth works: the first request", first_time(&one_works)),
            seconds("the eighth works: later requests, median", later.p50),
            seconds("the eighth works: later requests, slowest", later.slowest),
            percent("the eighth works: later requests answered", later.success()),
        ],
        promises: Vec::new(),
        by_second: Vec::new(),
        verdict: format!(
            "{}: no caller waits longer than the deadline and every model gets a turn, each with \
             half of what is left; but behind seven silent models {}, and {} of {REQUESTS} were \
             answered at all.",
            if of_working.success() >= 0.999 { "Yes" } else { "Only in part" },
            if served_first {
                format!("the first caller waits {:.0} s", first_time(&one_works))
            } else {
                "the turn of the eighth is too short for an answer, so the first caller gets an error"
                    .to_owned()
            },
            of_working.answered,
        ),
    })
}

fn first_time(records: &[Record]) -> f64 {
    records.first().map_or(f64::NAN, |record| record.elapsed.as_secs_f64())
}

fn eight(seed: u64, last_works: bool) -> Result<Vec<Record>> {
    simulate(async {
        let hanging = |name: &str| ModelScript::new(name).with_reply(Reply::hang());
        let mut blueprint =
            Blueprint::new(seed).llm("timeout: 60").model("primary", hanging(PRIMARY));
        for (name, number) in OTHERS.into_iter().zip(2..) {
            let works = last_works && number == 8;
            let script = if works { healthy(name) } else { hanging(name) };
            blueprint = blueprint.model("fallback", script);
        }
        let house = blueprint.build()?;
        let asks = steady(REQUESTS, Duration::from_secs(30));
        let records = ask_all(&house.manager, asks, &GenerateOptions::default()).await?;
        house.reconcile(&records)?;
        Ok(records)
    })
}

/// Best of two with one candidate that hangs for ever.
pub(super) fn best_of_two(seed: u64) -> Result<Situation> {
    let records = simulate(async {
        let [hanging, judge] = FALLBACKS;
        let house = Blueprint::new(seed)
            .model("primary", healthy(PRIMARY))
            .model("primary", ModelScript::new(hanging).with_reply(Reply::hang()))
            .model("duplicate", healthy(judge))
            .build()?;
        let asks = steady(REQUESTS, Duration::from_secs(10));
        let options = GenerateOptions::default().with_strategy(StrategyName::BestOfTwo);
        let records = ask_all(&house.manager, asks, &options).await?;
        house.reconcile(&records)?;
        Ok(records)
    })?;
    let summary = Summary::of(&records);
    let later = Summary::of(records.iter().skip(records.len() / 2));
    let [hanging, _] = FALLBACKS;
    let attempts = || records.iter().flat_map(|record| &record.attempts);
    let wasted = attempts().filter(|attempt| attempt.model == hanging).count();
    let learned = later.p50 < 3.0;
    Ok(Situation {
        id: "e".to_owned(),
        title: "Best of two, one of which hangs for ever".to_owned(),
        done: format!(
            "{REQUESTS} requests, 10 s apart, strategy `best_of_two`; one candidate is healthy, \
             the other takes every request and stays silent; a third model could judge."
        ),
        figures: vec![
            percent("answered", summary.success()),
            seconds("median", summary.p50),
            seconds("slowest", summary.slowest),
            seconds("median of the later half", later.p50),
            count("attempts on the silent model", wasted),
            percent("requests that asked the silent model", ratio(wasted, summary.requests)),
        ],
        promises: Vec::new(),
        by_second: Vec::new(),
        verdict: if learned {
            "Yes: every request is answered, and after the first ones the silent model is no \
             longer waited for."
        } else {
            "No: every request is answered, but each one waits the whole grace for a model that \
             has never answered anything; it should be found out."
        }
        .to_owned(),
    })
}
