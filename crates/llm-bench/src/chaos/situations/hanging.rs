//! Models that take a request and never answer.

use std::{collections::BTreeSet, time::Duration};

use anyhow::{Result, ensure};
use llm_core::Attempt;
use llm_manager::{GenerateOptions, config::StrategyName};
use llm_testkit::simulator::{ModelScript, Reply};

use super::{count, percent, seconds};
use crate::chaos::{
    house::{Blueprint, FALLBACKS, PRIMARY, healthy},
    load::{Record, ask_all, steady},
    report::Situation,
    simulate,
    statistics::Summary,
    targets::LEAST_SUCCESS,
};

/// Requests of each situation here.
const REQUESTS: u32 = 20;
/// Between two requests to eight models.
const GAP: Duration = Duration::from_secs(30);
/// Between two requests to two candidates.
const PAIR_GAP: Duration = Duration::from_secs(10);
/// The deadline of a request to eight models.
const DEADLINE: Duration = Duration::from_secs(60);
/// Timers fire at whole milliseconds.
const TICK: Duration = Duration::from_millis(2);
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

/// Eight models that hang, under a deadline; and the same when the last one works.
pub(super) fn eight_models(seed: u64) -> Result<Situation> {
    let all_hang = eight(seed, false)?;
    let one_works = eight(seed, true)?;
    let of_hanging = Summary::of(&all_hang);
    let of_working = Summary::of(&one_works);
    let first = one_works.first();
    let first_asked = all_hang.first().map_or(0, |record| record.attempts.len());
    let later = Summary::of(one_works.iter().skip(1));
    let served_first = first.is_some_and(Record::is_served);
    let last_turn = first.and_then(|record| record.attempts.last());
    let last_turn = last_turn.map_or(f64::NAN, |attempt| attempt.elapsed.as_secs_f64());
    let longest = of_hanging.slowest.max(of_working.slowest);
    ensure!(longest <= (DEADLINE + TICK).as_secs_f64(), "a caller waited {longest} s");
    for record in [&all_hang, &one_works].into_iter().filter_map(|records| records.first()) {
        each_gets_a_turn(record)?;
    }
    Ok(Situation {
        id: "c".to_owned(),
        title: format!("Eight models that hang, under a deadline of {} s", DEADLINE.as_secs()),
        done: format!(
            "{REQUESTS} requests, {} s apart, `timeout: {}`; eight models take the request and \
             stay silent. Then the same with the eighth in good health.",
            GAP.as_secs(),
            DEADLINE.as_secs()
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
            "{}: no caller waits longer than {longest:.0} s, and the first request gives every model a turn, \
             all but the last one at most half of what is left; but behind seven silent \
             models {}, and {} of {REQUESTS} were answered.",
            if of_working.success() >= LEAST_SUCCESS { "Yes" } else { "Only in part" },
            if served_first {
                format!("the first caller waits {:.0} s", first_time(&one_works))
            } else {
                format!(
                    "the turn of the eighth is {last_turn:.1} s, too short for an answer, so the \
                     first caller gets an error"
                )
            },
            of_working.answered,
        ),
    })
}

/// Checks that a request gave each of the eight a turn, and none but the last more than half of
/// what was left.
fn each_gets_a_turn(record: &Record) -> Result<()> {
    let asked: BTreeSet<&str> =
        record.attempts.iter().map(|attempt| attempt.model.as_str()).collect();
    ensure!(asked.len() == OTHERS.len() + 1, "only {asked:?} had a turn");
    let before_last = record.attempts.iter().take(OTHERS.len());
    for Attempt { model, started, elapsed, .. } in before_last {
        let half = DEADLINE.saturating_sub(*started) / 2;
        ensure!(*elapsed <= half + TICK, "{model} had {elapsed:?}, half was {half:?}");
    }
    Ok(())
}

fn first_time(records: &[Record]) -> f64 {
    records.first().map_or(f64::NAN, |record| record.elapsed.as_secs_f64())
}

fn eight(seed: u64, last_works: bool) -> Result<Vec<Record>> {
    simulate(async {
        let hanging = |name: &str| ModelScript::new(name).with_reply(Reply::hang());
        let timeout = format!("timeout: {}", DEADLINE.as_secs());
        let mut blueprint = Blueprint::new(seed).llm(&timeout).model("primary", hanging(PRIMARY));
        for (name, number) in OTHERS.into_iter().zip(2..) {
            let works = last_works && number == 8;
            let script = if works { healthy(name) } else { hanging(name) };
            blueprint = blueprint.model("fallback", script);
        }
        let house = blueprint.build()?;
        let asks = steady(REQUESTS, GAP);
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
        let asks = steady(REQUESTS, PAIR_GAP);
        let options = GenerateOptions::default().with_strategy(StrategyName::BestOfTwo);
        let records = ask_all(&house.manager, asks, &options).await?;
        house.reconcile(&records)?;
        Ok(records)
    })?;
    let summary = Summary::of(&records);
    let later = Summary::of(records.iter().skip(records.len() / 2));
    let [hanging, _] = FALLBACKS;
    let asked = records.iter().filter(|record| record.asked_of(hanging));
    let spared = Summary::of(records.iter().filter(|record| !record.asked_of(hanging)));
    let at_first = records.iter().take_while(|record| record.asked_of(hanging));
    let (at_first, asked) = (Summary::of(at_first), Summary::of(asked));
    let all = summary.answered == summary.requests;
    Ok(Situation {
        id: "e".to_owned(),
        title: "Best of two, one of which hangs for ever".to_owned(),
        done: format!(
            "{REQUESTS} requests, {} s apart, strategy `best_of_two`; one candidate is healthy, \
             the other takes every request and stays silent; a third model could judge.",
            PAIR_GAP.as_secs()
        ),
        figures: vec![
            percent("answered", summary.success()),
            seconds("median", summary.p50),
            seconds("slowest", summary.slowest),
            seconds("median of the later half", later.p50),
            count(
                "requests that asked the silent model before the first that did not",
                at_first.requests,
            ),
            count("requests that asked the silent model", asked.requests),
            seconds("median of those that asked it", asked.p50),
            seconds("median of those that did not", spared.p50),
        ],
        promises: Vec::new(),
        by_second: Vec::new(),
        verdict: if !all {
            format!("No: {} of {REQUESTS} requests are answered.", summary.answered)
        } else if spared.requests == 0 || spared.p50 >= asked.p50 {
            format!(
                "No: every request is answered, but {} of {REQUESTS} ask a model that has never \
                 answered anything, and wait {:.1} s in the median; it should be found out.",
                asked.requests, asked.p50,
            )
        } else {
            format!(
                "Yes: every request is answered; the first {} wait for the silent model and have \
                 their answer after {:.1} s in the median, then it is found out: of the other {} \
                 requests {} ask it, and those that do not have their answer after {:.1} s.",
                at_first.requests,
                at_first.p50,
                summary.requests - at_first.requests,
                asked.requests - at_first.requests,
                spared.p50,
            )
        },
    })
}
