//! Many callers at once while the primary dies and returns.

use std::time::Duration;

use anyhow::{Context, Result};
use futures_util::future::join_all;
use llm_manager::GenerateOptions;
use llm_testkit::simulator::{Latency, ModelScript};
use tokio::time::{Instant, sleep};

use super::{by_second, count, factor, percent, promise, seconds};
use crate::chaos::{
    house::{ANSWER_TOKENS, Blueprint, FALLBACKS, House, PRIMARY},
    load::{Ask, Record, one},
    report::Situation,
    simulate,
    statistics::{Summary, ratio},
};

/// When the primary's server dies: connections end, new ones are refused.
const DIES: Duration = Duration::from_secs(10);
/// The attempts of the calls that died come within this.
const SECOND: Duration = Duration::from_secs(1);
/// When it listens again.
const RETURNS: Duration = Duration::from_secs(30);
/// Nobody asks again after this.
const ENDS: Duration = Duration::from_secs(60);
/// When a server dies, every call on it has to go elsewhere at once. More than that and a fifth,
/// which is what retries may add, is a storm.
const FIFTHS: usize = 6;

/// A model whose answers take a while: a few seconds until the first token, and a token each 100 ms.
fn slow(name: &str) -> ModelScript {
    let latency = Latency::LogNormal { median: Duration::from_secs(4), sigma: 0.3 };
    ModelScript::new(name)
        .with_latency(latency)
        .with_pace(Duration::from_millis(100))
        .with_answer("word ".repeat(ANSWER_TOKENS).trim_end())
}

/// Many callers, each of whom asks again as soon as it has its answer, while the primary's
/// server dies and returns.
///
/// # Errors
///
/// When the house cannot be built, or the outcomes tell of other attempts than the upstreams saw.
pub fn callers_at_once(seed: u64, callers: usize) -> Result<Situation> {
    simulate(async {
        let [fallback, _] = FALLBACKS;
        let mut house = Blueprint::new(seed)
            .model("primary", slow(PRIMARY))
            .model("fallback", slow(fallback))
            .build()?;
        let began = Instant::now();
        let manager = house.manager.clone();
        let mut random = fastrand::Rng::with_seed(seed);
        let load = (0..callers).map(|_| {
            let manager = &manager;
            // Callers who begin in the same instant would answer to one clock for ever.
            let first = Duration::from_secs(6).mul_f64(random.f64());
            async move {
                sleep(first).await;
                let mut records = Vec::new();
                while began.elapsed() < ENDS {
                    let ask = Ask { at: began.elapsed(), streamed: false };
                    records.push(one(manager, ask, &GenerateOptions::default()).await?);
                }
                Ok::<_, anyhow::Error>(records)
            }
        });
        let server = async {
            sleep(DIES).await;
            let port = house.kill_first().await.context("it has died before")?;
            sleep(RETURNS.saturating_sub(DIES)).await;
            house.revive_first(port, slow(PRIMARY))
        };
        let (records, server) = tokio::join!(join_all(load), server);
        server?;
        let records: Vec<Vec<Record>> = records.into_iter().collect::<Result<_>>()?;
        let records = records.concat();
        house.reconcile(&records)?;
        Ok(judge(&records, &house, callers))
    })
}

fn judge(records: &[Record], house: &House, callers: usize) -> Situation {
    let summary = Summary::of(records);
    let by_second = by_second(records, house);
    let attempts: usize = by_second.iter().map(|second| second.primary + second.others).sum();
    let begun = || records.iter().flat_map(Record::begun);
    let refused = || begun().filter(|(began, attempt)| house.is_refused(attempt, *began));
    let dead = refused().count();
    let dead_later = refused().filter(|(began, _)| *began >= DIES + SECOND).count();
    let failed = begun().filter(|(_, attempt)| attempt.outcome.error().is_some());
    let failed_behind = failed.filter(|(_, attempt)| attempt.model != PRIMARY).count();
    let ordinary_answers = records.iter().filter(|record| record.asked + record.elapsed < DIES);
    let answer = Summary::of(ordinary_answers).p50;
    let healthy = by_second.iter().filter(|second| (6..DIES.as_secs()).contains(&second.second));
    let ordinary: Vec<usize> = healthy.map(|second| second.primary + second.others).collect();
    let ordinary = ordinary.iter().sum::<usize>() / ordinary.len().max(1);
    let most = by_second.iter().map(|second| second.primary + second.others).max().unwrap_or(0);
    let back = by_second
        .iter()
        .find(|second| second.second >= RETURNS.as_secs() && second.primary > second.others);
    let back = back.map_or(f64::INFINITY, |second| {
        Duration::from_secs(second.second).saturating_sub(RETURNS).as_secs_f64()
    });
    let lost = summary.requests - summary.answered;
    let no_storm = most * 5 <= callers * FIFTHS;
    Situation {
        id: "g".to_owned(),
        title: "Many callers at once while the primary dies and returns".to_owned(),
        done: format!(
            "{callers} callers, each of whom asks again as soon as it has its answer, for {} s; an \
             answer takes {answer:.1} s in the median. The primary's server dies after {} s (its connections end, \
             new ones are refused) and listens again after {} s. One healthy fallback.",
            ENDS.as_secs(),
            DIES.as_secs(),
            RETURNS.as_secs(),
        ),
        figures: vec![
            count("requests", summary.requests),
            percent("answered", summary.success()),
            seconds("median", summary.p50),
            seconds("99th percentile", summary.p99),
            factor("attempts a request", ratio(attempts, summary.requests)),
            count("attempts that found the primary dead", dead),
            count("attempts in an ordinary second", ordinary),
            count("attempts in the busiest second", most),
            seconds("until the primary takes most attempts again", back),
        ],
        promises: vec![
            promise("no request is lost", format!("{lost} lost"), lost == 0),
            promise(
                "no attempt on the healthy fallback fails",
                format!("{failed_behind} failed"),
                failed_behind == 0,
            ),
            promise(
                "no storm: no second has more attempts than there are callers, and a fifth",
                format!("{most} for {callers} callers"),
                no_storm,
            ),
        ],
        verdict: if lost == 0 && failed_behind == 0 && no_storm {
            format!(
                "Yes: every call that dies is answered all the same, no attempt on the fallback \
                 fails, and of the {dead} attempts that found nobody listening {dead_later} began \
                 later than a second after the server's death; {back:.0} s after its return the \
                 primary has most of the traffic again.",
            )
        } else {
            "No: a promise is broken.".to_owned()
        },
        by_second,
    }
}
