//! Rows 34 to 42: the provider or the edge before it fails.

use llm_testkit::simulator::{Reply, Simulator, SimulatorConfig};

use super::{everywhere::settle, row::Row};

#[tokio::test(start_paused = true)]
async fn row_34_500() {
    Row::new(34, "`upstream_server` | ApiError | once, 500ms | the next | soft | maybe | `upstream_server`, worth trying later")
        .when(500, Reply::status(500))
        .await;
    settle(34);
}

#[tokio::test(start_paused = true)]
async fn row_35_502() {
    Row::new(35, "`bad_gateway` | ModelUnavailable | once, 500ms | the next | soft | maybe | `bad_gateway`, worth trying later")
        .when(502, Reply::status(502))
        .await;
    settle(35);
}

#[tokio::test(start_paused = true)]
async fn row_36_503() {
    let row = Row::new(
        36,
        "`overloaded` | ModelUnavailable | once, 500ms | the next | hard, rests up to 20 s | no | `overloaded`, worth trying later",
    );
    row.when(503, Reply::status(503)).await;
    row.when(503, Reply::html(503)).await;
    // A hint is obeyed as that of a 429 is.
    let line = "`overloaded` | ModelUnavailable | once, after its rest | the next | rests for the hint (at most 300 s), after a failed probe at least 5 s doubled up to 20 s | no | `overloaded`, worth trying later";
    for hint in [2, 10] {
        let hinted = Reply::status(503).with_header("retry-after", &hint.to_string());
        Row::besides(36, line).with_hint(hint).when(503, hinted).await;
    }
    settle(36);
}

#[tokio::test(start_paused = true)]
async fn row_37_504() {
    Row::new(37, "`upstream_timeout` | Timeout | once if alone, 500ms | the next | hard, rests up to 20 s | maybe | `upstream_timeout`, worth trying later")
        .when(504, Reply::status(504))
        .await;
    settle(37);
}

#[tokio::test(start_paused = true)]
async fn row_38_edge_fails() {
    let row = Row::new(
        38,
        "`edge_error` | ModelUnavailable | once, 500ms | the next | soft | maybe | `edge_error`, worth trying later",
    );
    for status in [520, 521, 522, 523, 525, 526, 527] {
        row.when(status, Reply::html(status)).await;
    }
    settle(38);
}

#[tokio::test(start_paused = true)]
async fn row_39_edge_waited_too_long() {
    Row::new(39, "`edge_timeout` | Timeout | no | the next | hard, rests up to 20 s | maybe | `edge_timeout`, worth trying later")
        .when(524, Reply::status(524))
        .await;
    settle(39);
}

#[tokio::test(start_paused = true)]
async fn row_40_529() {
    Row::new(40, "`overloaded` | ModelUnavailable | 2 times, 1s | the next | hard, rests up to 20 s | no | `overloaded`, worth trying later")
        .when(529, Reply::status(529))
        .await;
    settle(40);
}

#[tokio::test(start_paused = true)]
async fn row_41_any_other_status() {
    let refused =
        Row::new(41, "`unexpected` | ApiError | no | the next | – | no | `unexpected`, final");
    for status in [418, 451] {
        refused.when(status, Reply::status(status)).await;
    }
    let failed = Row::new(
        41,
        "`unexpected` | ApiError | once, 500ms | the next | soft | maybe | `unexpected`, final",
    );
    for status in [599, 999] {
        failed.when(status, Reply::status(status)).await;
    }
    settle(41);
}

#[tokio::test(start_paused = true)]
async fn row_42_redirect() {
    let elsewhere = Simulator::start(SimulatorConfig::default()).unwrap();
    let location = format!("{}/chat/completions", elsewhere.base_url());
    let row = Row::new(
        42,
        "`unexpected_redirect` | ApiError | no | the next | – | no | `unexpected_redirect`, final",
    );
    for (status, location) in [(307, location.as_str()), (308, "/api/v1/chat/completions")] {
        row.when(status, Reply::redirect(status, location)).await;
    }
    assert_eq!(elsewhere.connections(), 0, "it is not followed");
    settle(42);
}
