//! A minute in which nothing works, beside a loop that tries everything three times.

use std::time::Duration;

use anyhow::{Context, Result};
use futures_util::future::join_all;
use llm_core::{ChatRequest, Provider};
use llm_manager::GenerateOptions;
use llm_openrouter::{OpenRouter, OpenRouterConfig};
use llm_testkit::simulator::{ModelScript, Reply};
use tokio::time::{Instant, sleep, sleep_until};

use super::{count, factor, percent, seconds};
use crate::chaos::{
    house::{Blueprint, FALLBACKS, House, PRIMARY, healthy},
    load::{Ask, ask_all, steady},
    report::{Figure, Situation},
    simulate,
    statistics::ratio,
};

/// Enough for an outage and a while after it.
const REQUESTS: u32 = 1_200;
const GAP: Duration = Duration::from_millis(100);
/// How long nothing works.
const DOWN: Duration = Duration::from_secs(60);
/// Tries of each model in the naive loop.
const TRIES: usize = 3;

/// A user wants everything answered again so soon after the end of the outage.
const MOST_RECOVERY: Duration = Duration::from_secs(25);
/// A user does not wait longer to read that nothing works.
const AT_ONCE: Duration = Duration::from_secs(5);

/// What became of a request, as much as both sides can tell.
struct Told {
    asked: Duration,
    elapsed: Duration,
    served: bool,
    /// The model of each call made for it.
    calls: Vec<String>,
}

/// Everything is down for a minute, then healthy.
pub(super) fn everything_down(seed: u64) -> Result<Situation> {
    let (ours, ours_told) = simulate(ours(seed))?;
    let (naive, naive_told) = simulate(naive(seed))?;
    let figures = [figures("ours", &ours, &ours_told), figures("naive", &naive, &naive_told)];
    let (ours, naive) = (amplification(&ours, &ours_told), amplification(&naive, &naive_told));
    let recovery = recovery(&ours_told);
    let told = slowest_error(&ours_told);
    let wanted = ours < naive && recovery <= MOST_RECOVERY.as_secs_f64() && told <= AT_ONCE;
    Ok(Situation {
        id: "h".to_owned(),
        title: "Everything is down for a minute, then healthy".to_owned(),
        done: format!(
            "{REQUESTS} requests, {} ms apart, to a primary and a fallback that both answer 503 \
             for {} s; beside it a loop that tries each of both up to {TRIES} times without a \
             pause.",
            GAP.as_millis(),
            DOWN.as_secs(),
        ),
        figures: figures.concat(),
        promises: Vec::new(),
        by_second: Vec::new(),
        verdict: format!(
            "{}: what is down gets {ours:.1} attempts a request instead of {naive:.1}, each caller \
             whom nobody answers learns it within {:.1} s, and {recovery:.1} s after the end of the \
             outage every request is answered again; who would rather wait than read an error has \
             to ask again.",
            if wanted { "Yes" } else { "No" },
            told.as_secs_f64(),
        ),
    })
}

fn down(name: &str) -> ModelScript {
    healthy(name).with_reply(Reply::status(503).after(Duration::from_millis(200)))
}

fn house(seed: u64) -> Result<House> {
    let [fallback, _] = FALLBACKS;
    Blueprint::new(seed).model("primary", down(PRIMARY)).model("fallback", down(fallback)).build()
}

async fn heal(house: &House) {
    let [fallback, _] = FALLBACKS;
    sleep(DOWN).await;
    house.script_first(healthy(PRIMARY));
    house.script_other(healthy(fallback));
}

async fn ours(seed: u64) -> Result<(House, Vec<Told>)> {
    let house = house(seed)?;
    let options = GenerateOptions::default();
    let load = ask_all(&house.manager, steady(REQUESTS, GAP), &options);
    let (records, ()) = tokio::join!(load, heal(&house));
    let records = records?;
    house.reconcile(&records)?;
    let told = records.iter().map(|record| Told {
        asked: record.asked,
        elapsed: record.elapsed,
        served: record.is_served(),
        calls: record.attempts.iter().map(|attempt| attempt.model.to_string()).collect(),
    });
    let told = told.collect();
    Ok((house, told))
}

async fn naive(seed: u64) -> Result<(House, Vec<Told>)> {
    let house = house(seed)?;
    let client =
        |url: String| OpenRouter::new(OpenRouterConfig::new("sk-test-000").with_base_url(url));
    let [fallback, _] = FALLBACKS;
    let models = [
        (PRIMARY, client(house.first_url().context("the primary is gone")?)?),
        (fallback, client(house.others_url())?),
    ];
    let began = Instant::now();
    let load = join_all(steady(REQUESTS, GAP).map(|ask| naive_one(&models, began, ask)));
    let (told, ()) = tokio::join!(load, heal(&house));
    house.reconcile_calls(told.iter().flat_map(|told| &told.calls).map(String::as_str), 0)?;
    Ok((house, told))
}

async fn naive_one(models: &[(&str, OpenRouter)], began: Instant, ask: Ask) -> Told {
    sleep_until(began + ask.at).await;
    let mut served = false;
    let mut calls = Vec::new();
    'request: for (model, provider) in models {
        for _ in 0..TRIES {
            calls.push((*model).to_owned());
            let request = ChatRequest::from("Which of the two is older?");
            if provider.chat(&(*model).into(), request).await.is_ok() {
                served = true;
                break 'request;
            }
        }
    }
    Told { asked: ask.at, elapsed: began.elapsed().saturating_sub(ask.at), served, calls }
}

/// Attempts a request while nothing works.
fn amplification(house: &House, told: &[Told]) -> f64 {
    let calls = house.calls().iter().filter(|call| call.started < DOWN).count();
    ratio(calls, told.iter().filter(|told| told.asked < DOWN).count())
}

/// Until the slowest error.
fn slowest_error(told: &[Told]) -> Duration {
    let failed = told.iter().filter(|told| !told.served);
    failed.map(|told| told.elapsed).max().unwrap_or_default()
}

/// From the end of the outage to the last request that was asked after it and failed.
fn recovery(told: &[Told]) -> f64 {
    let failed = told.iter().filter(|told| !told.served);
    let last = failed.map(|told| told.asked).max().unwrap_or_default();
    last.saturating_sub(DOWN).as_secs_f64()
}

fn figures(whose: &str, house: &House, told: &[Told]) -> Vec<Figure> {
    let during = || told.iter().filter(|told| told.asked < DOWN);
    let slowest = during().map(|told| told.elapsed).max().unwrap_or_default();
    let calls = house.calls();
    let later = calls.iter().filter(|call| call.started >= DOWN).count();
    let after = told.iter().filter(|told| told.asked >= DOWN);
    let served = during().filter(|told| told.served).count();
    let named = |what: &str| format!("{whose}: {what}");
    vec![
        factor(&named("attempts a request in the outage"), amplification(house, told)),
        factor(&named("attempts a request after it"), ratio(later, after.count())),
        percent(&named("answered of those asked in the outage"), ratio(served, during().count())),
        seconds(
            &named("slowest answer or error of those asked in the outage"),
            slowest.as_secs_f64(),
        ),
        seconds(&named("from its end until the last request that fails is asked"), recovery(told)),
        count(&named("attempts"), calls.len()),
    ]
}
