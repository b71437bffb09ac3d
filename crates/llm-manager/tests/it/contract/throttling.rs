//! Rate limits and hints, by status and inside a success (section B of the cases).

use std::time::Duration;

use llm_core::Retry;
use llm_testkit::simulator::Reply;
use tokio::time::{Instant, sleep};

use super::house::*;

/// How long a request took, and what came of it.
async fn timed(house: &House) -> (f64, String) {
    let started = Instant::now();
    let told = house.ask().await;
    (started.elapsed().as_secs_f64(), told)
}

/// Checks a wait: at least so long, and not much longer.
#[track_caller]
fn assert_waited(waited: f64, seconds: f64) {
    assert!((seconds..seconds + 0.6).contains(&waited), "{waited} s, not {seconds} s");
}

/// The same throttling by status and inside a success.
fn limited(seconds: &str) -> [Reply; 2] {
    [
        Reply::rate_limited(None).with_header("retry-after", seconds),
        Reply::error_under_200(429, "Rate limit exceeded").with_header("retry-after", seconds),
    ]
}

#[tokio::test(start_paused = true)]
async fn b13_b26_a_short_hint_is_waited_out() {
    for (reply, chain) in limited("2")
        .into_iter()
        .flat_map(|reply| [Chain::Alone, Chain::WithSpare].map(|chain| (reply.clone(), chain)))
    {
        let house = House::new(chain, main_replying([reply, Reply::answer()]));
        let (waited, told) = timed(&house).await;
        assert_waited(waited, 2.0);
        assert_eq!(told, "main 429 rate_limited no, main ok yes -> ok");
        assert_eq!((house.calls_to(MAIN), house.calls_to(SPARE)), (2, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn b14_b26_a_long_hint_falls_back_at_once_and_cools_the_model() {
    for reply in limited("60") {
        let house = House::new(Chain::WithSpare, main_replying([reply]));
        let (waited, told) = timed(&house).await;
        assert!(waited < 0.05, "{waited}");
        assert_eq!(told, "main 429 rate_limited no, spare ok yes -> ok; main rests 60 s");
        let (_, told) = timed(&house).await;
        assert_eq!(told, "spare ok yes -> ok; main rests 60 s");
        assert_eq!(house.calls_to(MAIN), 1);
        sleep(Duration::from_secs(61)).await;
        house.asked().await.unwrap();
        assert_eq!(house.calls_to(MAIN), 2, "then it is asked again");
    }
}

#[tokio::test(start_paused = true)]
async fn b15_b26_with_nobody_else_a_long_hint_is_waited_out_unless_the_deadline_comes_first() {
    for reply in limited("60") {
        let house = House::new(Chain::Alone, main_replying([reply, Reply::answer()]));
        let (waited, told) = timed(&house).await;
        assert_waited(waited, 60.0);
        assert_eq!(told, "main 429 rate_limited no, main ok yes -> ok");
    }
    for reply in limited("200") {
        let house = House::new(Chain::Alone, main_replying([reply]));
        let (waited, told) = timed(&house).await;
        assert!(waited < 0.05, "{waited}");
        let expected =
            "main 429 rate_limited no -> RateLimit rate_limited again in 200 s; main rests 200 s";
        assert_eq!(told, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn b16_b26_without_a_hint_the_model_rests_for_everybody() {
    for reply in [Reply::rate_limited(None), Reply::error_under_200(429, "Rate limit exceeded")] {
        let house = House::new(Chain::WithSpare, main_replying([reply.clone()]));
        let (waited, told) = timed(&house).await;
        assert!(waited < 0.05, "{waited}");
        assert_eq!(told, "main 429 rate_limited no, spare ok yes -> ok; main rests");
        let mut rests = Vec::new();
        for _ in 0..5 {
            let rest = house.rest_of(MAIN);
            rests.push((rest + Duration::from_millis(500)).as_secs());
            sleep(rest).await;
            house.asked().await.unwrap();
        }
        assert_eq!(rests, [5, 10, 20, 40, 60]);
        assert_eq!(house.calls_to(MAIN), 6, "one call a rest");

        let house = House::new(Chain::Alone, main_replying([reply, Reply::answer()]));
        let (waited, told) = timed(&house).await;
        assert_waited(waited, 5.0);
        assert_eq!(told, "main 429 rate_limited no, main ok yes -> ok");
    }
}

#[tokio::test(start_paused = true)]
async fn b16_b26_with_nobody_else_a_request_that_finds_the_model_resting_asks_once() {
    const FAILED: &str = "main 429 rate_limited no";
    const END: &str = " -> RateLimit rate_limited again; main rests";
    let asked = format!("{FAILED}{END}");
    let rows = [
        ("", asked.as_str(), 2 + 4),
        (
            "when_all_unavailable: fail",
            " -> ModelUnavailable no_usable_model again in 10 s; main rests",
            2,
        ),
    ];
    for reply in [Reply::rate_limited(None), Reply::error_under_200(429, "Rate limit exceeded")] {
        for (llm, expected, n_calls) in rows {
            let more = More { llm, ..More::default() };
            let house = House::with(Chain::Alone, main_replying([reply.clone()]), more);
            let (waited, told) = timed(&house).await;
            assert_waited(waited, 5.0);
            assert_eq!(told, format!("{FAILED}, {FAILED}{END}"));
            for _ in 0..4 {
                let (waited, told) = timed(&house).await;
                assert!(waited < 0.05, "{waited}");
                assert_eq!(told, expected, "{llm}");
            }
            assert_eq!(house.calls_to(MAIN), n_calls, "{llm}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn b07_credit_held_by_requests_in_flight_is_waited_for() {
    for chain in [Chain::Alone, Chain::WithSpare] {
        let house = House::new(chain, main_replying([Reply::reserved_credit(2), Reply::answer()]));
        let (waited, told) = timed(&house).await;
        assert_waited(waited, 2.0);
        assert_eq!(told, "main 402 in_flight_budget no, main ok yes -> ok");
    }
}

#[tokio::test(start_paused = true)]
async fn b23_a_hint_of_an_overloaded_model_is_obeyed() {
    for chain in [Chain::Alone, Chain::WithSpare] {
        let busy = Reply::status(503).with_header("retry-after", "1");
        let house = House::new(chain, main_replying([busy, Reply::answer()]));
        let (waited, told) = timed(&house).await;
        assert_waited(waited, 1.0);
        assert_eq!(told, "main 503 overloaded no, main ok yes -> ok");
    }
    let busy = Reply::status(503).with_header("retry-after", "60");
    let house = House::new(Chain::WithSpare, main_replying([busy]));
    let (waited, told) = timed(&house).await;
    assert!(waited < 0.05, "{waited}");
    assert_eq!(told, "main 503 overloaded no, spare ok yes -> ok; main rests 60 s");
}

#[tokio::test(start_paused = true)]
async fn b18_hints_that_make_no_sense_are_passed_over() {
    let rest = 5.0;
    let rows: [(&[&str], f64); 8] = [
        (&["1.5"], 1.5),
        (&["0"], rest),
        (&["-5"], rest),
        (&["abc"], rest),
        (&["1234567890123456789012345678901234567890"], rest),
        (&["Sun, 06 Nov 1994 08:49:37 GMT"], rest),
        (&["2", "9"], 2.0),
        (&["7", "1"], 7.0),
    ];
    for (values, seconds) in rows {
        let reply = values.iter().fold(Reply::rate_limited(None), |reply, value| {
            reply.with_header("retry-after", value)
        });
        let house = House::new(Chain::Alone, main_replying([reply, Reply::answer()]));
        let (waited, told) = timed(&house).await;
        assert_waited(waited, seconds);
        assert_eq!(told, "main 429 rate_limited no, main ok yes -> ok", "{values:?}");
    }
    // One without end is capped: nobody rests for thirty years.
    let endless = Reply::rate_limited(None).with_header("retry-after", "1e9");
    let house = House::new(Chain::WithSpare, main_replying([endless]));
    let expected = "main 429 rate_limited no, spare ok yes -> ok; main rests 300 s";
    assert_eq!(timed(&house).await.1, expected);
}

#[tokio::test(start_paused = true)]
async fn b19_milliseconds_win_over_seconds() {
    let reply = Reply::rate_limited(Some(30)).with_header("retry-after-ms", "700");
    let house = House::new(Chain::WithSpare, main_replying([reply.clone(), Reply::answer()]));
    let (waited, told) = timed(&house).await;
    assert_waited(waited, 0.7);
    assert_eq!(told, "main 429 rate_limited no, main ok yes -> ok");
    let house = House::new(Chain::Alone, main_replying([reply]));
    let hint = house.asked().await.unwrap_err().retry();
    assert_eq!(hint, Some(Retry::After(Duration::from_millis(700))));
}
