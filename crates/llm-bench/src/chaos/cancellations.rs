//! How fast an upstream sees that its caller has left, in real time.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use futures_util::{StreamExt, future::join_all};
use llm_core::{Attempt, ErrorKind, Outcome};
use llm_manager::{GenerateOptions, config::StrategyName};
use llm_testkit::simulator::{LoggedCall, ModelScript, Reply};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::{
    house::{Blueprint, FALLBACKS, House, PRIMARY, healthy},
    report::Cancellation,
    statistics::{percentile, ratio},
};

/// Callers of each of the four kinds who leave by themselves.
const CALLERS: u32 = 250;
/// Losers of best of two.
const LOSERS: u32 = 100;
/// Less than this share of the callers measured is no measurement.
const LEAST_MEASURED: f64 = 0.9;
/// Between two callers: many are there at once.
const GAP: Duration = Duration::from_millis(5);
/// Nobody leaves sooner: the request must have arrived to be cancelled there.
const SOONEST: Duration = Duration::from_millis(15);
/// Nobody leaves later.
const LATEST: Duration = Duration::from_millis(120);
/// An upstream that has seen nothing by then never will.
const PATIENCE: Duration = Duration::from_secs(2);

/// How a caller asks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Caller {
    Whole,
    Streamed,
}

/// Measures every kind of leaving; the last row is all of them together.
///
/// # Errors
///
/// When an upstream never saw a caller leave, or hardly anybody was measured.
pub(super) fn run(seed: u64) -> Result<Vec<Cancellation>> {
    let silent = || ModelScript::new(PRIMARY).with_reply(Reply::hang());
    let talking = || {
        let pace = Duration::from_millis(10);
        ModelScript::new(PRIMARY).with_pace(pace).with_answer("word ".repeat(100))
    };
    let cases = [
        ("whole answer, before headers", Caller::Whole, silent()),
        ("whole answer, in mid-stream", Caller::Whole, talking()),
        ("stream, before headers", Caller::Streamed, silent()),
        ("stream, in mid-stream", Caller::Streamed, talking()),
    ];
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut rows = Vec::new();
    let mut all = Vec::new();
    for (case, caller, script) in cases {
        let delays = runtime.block_on(leave(caller, script, seed)).context(case)?;
        rows.push(row(case, delays.clone()));
        all.extend(delays);
    }
    let losers = runtime.block_on(lose(seed)).context("best of two")?;
    rows.push(row("loser of best of two, before headers and in mid-stream", losers.clone()));
    all.extend(losers);
    rows.push(row("all", all));
    Ok(rows)
}

/// Callers who ask and leave at a random moment; how long the upstream took to see each of them.
async fn leave(caller: Caller, script: ModelScript, seed: u64) -> Result<Vec<Duration>> {
    let house = Blueprint::new(seed).model("primary", script).build()?;
    let began = Instant::now();
    let mut random = fastrand::Rng::with_seed(seed);
    let callers = (0..CALLERS).map(|number| {
        let stay = SOONEST + LATEST.saturating_sub(SOONEST).mul_f64(random.f64());
        let house = &house;
        async move {
            sleep_until(began + GAP * number).await;
            let left = ask_and_leave(house, caller, number, stay).await?;
            Ok::<_, anyhow::Error>((number, left))
        }
    });
    let left: Vec<(u32, Duration)> = join_all(callers).await.into_iter().collect::<Result<_>>()?;
    delays(&house, PRIMARY, left).await
}

/// Asks and leaves; when that was, by the clock of the upstream's log.
async fn ask_and_leave(
    house: &House,
    caller: Caller,
    number: u32,
    stay: Duration,
) -> Result<Duration> {
    let options = GenerateOptions::default();
    let mut request = Box::pin(async {
        match caller {
            Caller::Whole => {
                house.manager.generate_response(prompt(number), &options).await.is_ok()
            }
            Caller::Streamed => match house.manager.stream(prompt(number), &options) {
                Ok(stream) => stream.count().await > 0,
                Err(_) => false,
            },
        }
    });
    let ended = timeout(stay, &mut request).await;
    ensure!(ended.is_err(), "caller {number} got an answer before it left");
    let left = house.clock(PRIMARY);
    // This is how a caller leaves.
    drop(request);
    Ok(left)
}

/// Requests to two models of which one never ends; how long its upstream took to see that its
/// answer is no longer wanted.
async fn lose(seed: u64) -> Result<Vec<Duration>> {
    let [name, _] = FALLBACKS;
    let slow = healthy(name).sometimes(0.5, Reply::stall_after(3)).with_reply(Reply::hang());
    let fast = ModelScript::new(PRIMARY);
    let house = Blueprint::new(seed).model("primary", fast).model("primary", slow).build()?;
    let options = GenerateOptions::default().with_strategy(StrategyName::BestOfTwo);
    let callers = (0..LOSERS).map(|number| {
        let (house, options) = (&house, &options);
        async move {
            sleep(GAP * number).await;
            let asked = house.clock(name);
            let outcome = house.manager.generate_response(prompt(number), options).await?;
            let dropped = dropped(&outcome).context("no call was dropped")?;
            Ok::<_, anyhow::Error>((number, asked + dropped))
        }
    });
    let left: Vec<(u32, Duration)> = join_all(callers).await.into_iter().collect::<Result<_>>()?;
    delays(&house, name, left).await
}

/// When a request dropped one of its calls, after the request began.
fn dropped(outcome: &Outcome) -> Option<Duration> {
    let is_dropped = |attempt: &&Attempt| attempt.outcome.error() == Some(ErrorKind::Cancelled);
    let attempt = outcome.attempts().iter().find(is_dropped)?;
    Some(attempt.started + attempt.elapsed)
}

/// From each leaving until the upstream's log says that its socket saw it. A caller whose request
/// had not arrived when it left is not counted: there was nothing to cancel.
async fn delays(house: &House, model: &str, left: Vec<(u32, Duration)>) -> Result<Vec<Duration>> {
    let until = Instant::now() + PATIENCE;
    loop {
        let calls = house.calls();
        let of = |number: u32| {
            calls.iter().find(|call| call.model == model && number_of(call) == Some(number))
        };
        let running =
            left.iter().filter(|(number, _)| of(*number).is_none_or(|call| call.outcome.is_none()));
        if running.count() == 0 || Instant::now() >= until {
            let arrived = left.iter().filter_map(|(number, left)| Some((of(*number)?, *left)));
            let delays: Vec<_> =
                arrived.map(|(call, left)| delay(call, left)).collect::<Result<_>>()?;
            let (measured, all) = (delays.len(), left.len());
            let enough = ratio(measured, all) >= LEAST_MEASURED;
            ensure!(enough, "only {measured} of {all} who left were measured");
            return Ok(delays);
        }
        sleep(Duration::from_millis(1)).await;
    }
}

/// From leaving until the upstream saw it.
fn delay(call: &LoggedCall, left: Duration) -> Result<Duration> {
    let ended = call.ended.filter(|_| call.client_left());
    let ended = ended.with_context(|| format!("the upstream never saw it: {:?}", call.outcome))?;
    Ok(ended.saturating_sub(left))
}

fn prompt(number: u32) -> String {
    format!("Caller {number}")
}

/// The caller whose request a call carries.
fn number_of(call: &LoggedCall) -> Option<u32> {
    let text = call.body.pointer("/messages/0/content")?.as_str()?;
    text.strip_prefix("Caller ")?.parse().ok()
}

fn row(case: &str, mut delays: Vec<Duration>) -> Cancellation {
    delays.sort();
    let milliseconds = |thousandths| percentile(&delays, thousandths).as_secs_f64() * 1_000.0;
    Cancellation {
        case: case.to_owned(),
        count: delays.len(),
        p50_ms: milliseconds(500),
        p99_ms: milliseconds(990),
        slowest_ms: milliseconds(1_000),
    }
}
