//! Rows 31 to 33: the provider asks for a pause.

use llm_testkit::simulator::Reply;

use super::{everywhere::settle, row::Row};

const LINE: &str = "`rate_limited` | RateLimit | 2 times, after its rest | the next | rests for the hint (at most 300 s), without one and after a failed probe at least 5 s doubled up to 60 s | no | `rate_limited`, worth trying later";

#[tokio::test(start_paused = true)]
async fn row_31_429_with_a_short_hint() {
    Row::new(31, LINE).with_hint(2).when(429, Reply::rate_limited(Some(2))).await;
    settle(31);
}

#[tokio::test(start_paused = true)]
async fn row_32_429_with_a_long_hint() {
    Row::new(32, LINE).with_hint(60).when(429, Reply::rate_limited(Some(60))).await;
    // What is asked for beyond five minutes is not believed, nor waited for.
    let line = "`rate_limited` | RateLimit | no | the next | rests for the hint (at most 300 s), without one and after a failed probe at least 5 s doubled up to 60 s | no | `rate_limited`, worth trying later";
    Row::besides(32, line).with_hint(3_600).when(429, Reply::rate_limited(Some(3_600))).await;
    settle(32);
}

#[tokio::test(start_paused = true)]
async fn row_33_429_without_a_hint() {
    Row::new(33, LINE).when(429, Reply::rate_limited(None)).await;
    settle(33);
}
