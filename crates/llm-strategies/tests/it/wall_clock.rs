//! A wall clock that jumps: it is read once, for dates that are kept, and decides nothing.

use std::time::Duration;

use llm_core::{ErrorKind, LatencyEstimate, ModelStatistics, Odds, Timestamp};
use llm_strategies::Single;
use llm_testkit::fakes::Step;
use tokio::time::sleep;

use crate::support::*;

const TODAY: Duration = Duration::from_secs(1_700_000_000);
const YESTERDAY: Duration = Duration::from_secs(1_700_000_000 - 86_400);
const YEAR: Duration = Duration::from_secs(365 * 86_400);

/// What forty requests, one a second, do while a model rests and comes back. The clock showed
/// `started` when the engine was made; what is known of the models is dated `learned`.
async fn forty_seconds(started: Duration, learned: Duration) -> Vec<String> {
    let down = || Step::error(ErrorKind::Overloaded);
    let fine = |text: &str| Step::answer(text).after(seconds(0.1));
    let provider = scripted([
        ("p", vec![down(), down(), down(), fine("from p")]),
        ("q", vec![fine("from q").after(seconds(0.5))]),
    ]);
    let settings = settings(|s| {
        s.retry_attempts = 0;
        s.now = Timestamp::from_unix(started);
    });
    let engine = engine_with(settings, &provider, &[("p", Primary), ("q", Primary)]);
    let updated = Timestamp::from_unix(learned);
    let known = |log_ratio| {
        let mut known = ModelStatistics::default();
        known.latency = Some(LatencyEstimate { log_ratio, updated });
        known.odds = Odds { successes: 3.0, failures: 0.0, updated };
        known
    };
    engine.restore([(model("p"), known(-1.0)), (model("q"), known(1.0))]);
    let mut told = Vec::new();
    for _ in 0..40 {
        let outcome = ask_with(&engine, &Single::fastest()).await.unwrap();
        told.push(format!("{}, p rests {:?}", story(outcome.attempts()), resting(&engine, "p")));
        sleep(seconds(1.0)).await;
    }
    told
}

#[tokio::test(start_paused = true)]
async fn e08_a_wall_clock_that_jumps_changes_nothing_while_a_model_rests() {
    let expected = forty_seconds(TODAY, TODAY).await;
    assert!(expected[0].starts_with("p:overloaded q:ok, p rests "), "{}", expected[0]);
    assert_eq!(expected.iter().filter(|told| told.starts_with("p:overloaded")).count(), 3);
    assert!(expected[39].starts_with("p:ok, p rests 0ns"), "{}", expected[39]);

    // The next process starts after the jump, with what this one has kept.
    for jumped in [YESTERDAY, TODAY + YEAR, Duration::ZERO] {
        assert_eq!(forty_seconds(jumped, jumped).await, expected, "started at {jumped:?}");
    }
    let ahead = forty_seconds(TODAY, TODAY + YEAR).await;
    assert_eq!(ahead, expected, "what was learned in the future is of now");
}
