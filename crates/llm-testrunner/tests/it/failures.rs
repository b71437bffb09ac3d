//! How long a call may take, and what is said when it took longer.

use llm_core::{ErrorKind, StreamEvent};
use llm_testkit::fakes::Step;
use llm_testrunner::Profile;

use crate::support::{model, ms, run_one};

async fn check(step: Step, error_type: &str, limit_ms: Option<f64>, elapsed_ms: f64) {
    let report = run_one(vec![step], Profile::Smoke).await;
    let one = model(&report, "acme/one");
    let call = &one.calls[0];
    assert_eq!(call.error_type.as_deref(), Some(error_type));
    assert_eq!((call.limit_ms, call.elapsed_ms), (limit_ms, elapsed_ms), "{error_type}");
}

#[tokio::test(start_paused = true)]
async fn every_limit_has_its_name() {
    check(Step::hang(), "first_token_timeout", Some(20_000.0), 20_000.0).await;
    check(Step::keep_alive_every(ms(1000)), "first_token_timeout", Some(20_000.0), 20_000.0).await;
    let silent = Step::text(["A"]).gap(ms(100)).then_hang();
    check(silent, "idle_timeout", Some(30_000.0), 30_100.0).await;
    let alive = Step::text(["A"]).gap(ms(100)).then_repeat(ms(1000), StreamEvent::KeepAlive);
    check(alive, "no_progress", Some(90_000.0), 90_100.0).await;
    let endless = Step::text(["A"]).then_repeat(ms(1000), StreamEvent::Text("a".to_owned()));
    check(endless, "deadline", Some(120_000.0), 120_000.0).await;
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_breaks_off_failed() {
    check(Step::text(["A", "B"]).then_cut(), "stream_cut", None, 0.0).await;
    check(
        Step::text(["A"]).then_error(ErrorKind::UpstreamMidError),
        "upstream_mid_error",
        None,
        0.0,
    )
    .await;
}
