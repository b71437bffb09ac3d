//! What becomes of every status (section B of the cases).

use std::time::Duration;

use llm_core::ErrorKind;
use llm_manager::GenerateOptions;
use llm_testkit::simulator::Reply;
use serde_json::json;

use super::house::*;

/// Checks what comes of a request to a model that replies like this, alone and with a spare one.
async fn check(replies: &[Reply], alone: &str, with_spare: &str) {
    assert_eq!(both(replies.to_vec()).await, [alone, with_spare], "{replies:?}");
}

/// Checks a failure that is final for the request, whoever else could answer.
async fn check_ends(reply: Reply, expected: &str) {
    check(&[reply], expected, expected).await;
}

#[tokio::test(start_paused = true)]
async fn b01_a_wrong_request_ends_at_once_and_is_nobodys_fault() {
    let expected = "main 400 invalid_request no -> ApiError invalid_request final";
    check_ends(Reply::status(400), expected).await;
    let house = House::new(Chain::WithSpare, main_replying([Reply::status(400)]));
    for _ in 0..20 {
        assert_eq!(house.ask().await, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn b02_a_prompt_too_long_goes_to_a_larger_window_only() {
    let check = async |main: &str, spare: &str, expected: [&str; 2]| {
        let more = More { main, spare, ..More::default() };
        let told = both_with(main_replying([Reply::context_length()]), more).await;
        assert_eq!(told, expected, "{main} {spare}");
    };
    let failed = "main 400 context_length no -> ApiError context_length final";
    let answered = "main 400 context_length no, spare ok yes -> ok";
    let (eight, thirty) = ("context_window: 8000", "context_window: 32000");
    check(eight, thirty, [failed, answered]).await;
    check(eight, eight, [failed, failed]).await;
    check(thirty, eight, [failed, failed]).await;
    check(eight, "", [failed, answered]).await;
}

#[tokio::test(start_paused = true)]
async fn b03_b09_a_model_nobody_serves_is_parked_for_ten_minutes() {
    for (status, reply) in [
        (400, Reply::unavailable(400, "model_not_found", None)),
        (404, Reply::unavailable(404, "no_endpoints", None)),
        (404, Reply::error(404, "No endpoints found for acme/main.")),
    ] {
        let failed = format!("main {status} model_not_found no");
        check(
            std::slice::from_ref(&reply),
            &format!("{failed} -> ModelUnavailable model_not_found final; main rests 600 s"),
            &format!("{failed}, spare ok yes -> ok; main rests 600 s"),
        )
        .await;
        // Until then nobody asks for it again.
        let house = House::new(Chain::WithSpare, main_replying([reply]));
        for _ in 0..3 {
            house.asked().await.unwrap();
        }
        assert_eq!(house.calls_to(MAIN), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn b09_a_model_the_caller_named_is_not_found() {
    let house = House::new(Chain::WithSpare, main_replying([Reply::status(404)]));
    let named = GenerateOptions::default().with_model(MAIN).without_fallback();
    let error = house.manager.generate_response("Hi", &named).await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::ModelNotFound, Some(404)));
    assert_eq!(house.calls_to(SPARE), 0);
}

#[tokio::test(start_paused = true)]
async fn b04_a_rejected_key_is_not_used_again_in_the_request() {
    let failed = "main 401 upstream_auth no";
    check(
        &[Reply::status(401)],
        &format!("{failed} -> ApiError upstream_auth final"),
        &format!("{failed}, spare ok yes -> ok"),
    )
    .await;
    let house = House::new(Chain::WithTwinAndSpare, main_replying([Reply::status(401)]));
    assert_eq!(house.ask().await, format!("{failed}, spare ok yes -> ok"));
    assert_eq!(house.calls_to(TWIN), 0, "its key is the same");
}

#[tokio::test(start_paused = true)]
async fn b05_a_key_rejected_twice_is_left_alone() {
    let house = House::new(Chain::WithTwinAndSpare, main_replying([Reply::status(401)]));
    house.asked().await.unwrap();
    house.asked().await.unwrap();
    assert_eq!(house.rest_of(TWIN), Duration::from_secs(60));
    assert_eq!(house.ask().await, "spare ok yes -> ok; main rests 60 s");
    assert_eq!((house.calls_to(MAIN), house.calls_to(TWIN), house.calls_to(SPARE)), (2, 0, 3));
}

#[tokio::test(start_paused = true)]
async fn b06_used_up_credit_is_not_asked_again() {
    let failed = "main 402 quota_exhausted no";
    check(
        &[Reply::status(402)],
        &format!("{failed} -> ApiError quota_exhausted final; main rests 600 s"),
        &format!("{failed}, spare ok yes -> ok; main rests 600 s"),
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn b08_a_blocked_region_falls_back() {
    let failed = "main 403 region_blocked no";
    check(
        &[Reply::unavailable(403, "region_restricted", None)],
        &format!("{failed} -> ApiError region_blocked final"),
        &format!("{failed}, spare ok yes -> ok"),
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn b10_a_request_that_timed_out_is_sent_again() {
    let healed = "main 408 upstream_timeout maybe, main ok yes -> ok";
    check(&[Reply::status(408), Reply::answer()], healed, healed).await;
}

#[tokio::test(start_paused = true)]
async fn b11_b12_too_large_and_unprocessable_end_at_once() {
    let too_large = "main 413 payload_too_large no -> ApiError payload_too_large final";
    check_ends(Reply::status(413), too_large).await;
    let unprocessable = "main 422 unprocessable no -> ApiError unprocessable final";
    check_ends(Reply::status(422), unprocessable).await;
}

#[tokio::test(start_paused = true)]
async fn b17_a_used_up_quota_is_no_rate_limit() {
    let coded = |code: &str| Reply::json(429, &json!({"error": {"code": code, "message": "No."}}));
    for reply in [
        coded("insufficient_quota"),
        coded("credit_balance_exhausted"),
        coded("enforced_spend_limit_reached"),
        Reply::free_limit_per_day(),
    ] {
        let failed = "main 429 quota_exhausted no";
        check(
            &[reply],
            &format!("{failed} -> RateLimit quota_exhausted final; main rests 600 s"),
            &format!("{failed}, spare ok yes -> ok; main rests 600 s"),
        )
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn b20_the_providers_word_on_asking_again_wins() {
    let never = Reply::status(500).with_header("x-should-retry", "false");
    let failed = "main 500 upstream_server maybe";
    check(
        &[never],
        &format!("{failed} -> ApiError upstream_server final"),
        &format!("{failed}, spare ok yes -> ok"),
    )
    .await;
    let again = Reply::status(400).with_header("x-should-retry", "true");
    let healed = "main 400 invalid_request no, main ok yes -> ok";
    check(&[again.clone(), Reply::answer()], healed, healed).await;
    let [alone, with_spare] = both([again]).await;
    let twice = "main 400 invalid_request no, main 400 invalid_request no -> ApiError";
    assert!(alone.starts_with(twice) && with_spare.starts_with(twice), "{alone} {with_spare}");
}

#[tokio::test(start_paused = true)]
async fn b21_a_broken_server_is_asked_twice() {
    let healed = "main 500 upstream_server maybe, main ok yes -> ok";
    check(&[Reply::status(500), Reply::answer()], healed, healed).await;
    let failed = "main 500 upstream_server maybe, main 500 upstream_server maybe";
    check(
        &[Reply::status(500)],
        &format!("{failed} -> ApiError upstream_server again"),
        &format!("{failed}, spare ok yes -> ok"),
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn b22_gateways_overload_and_edges_are_asked_twice() {
    let rows = [
        (502, "bad_gateway maybe", "ModelUnavailable bad_gateway", ""),
        (503, "overloaded no", "ModelUnavailable overloaded", "; main rests"),
        (529, "overloaded no", "ModelUnavailable overloaded", "; main rests"),
        (520, "edge_error maybe", "ModelUnavailable edge_error", ""),
    ];
    for (status, failed, end, rests) in rows {
        let healed = format!("main {status} {failed}, main ok yes -> ok");
        check(&[Reply::status(status), Reply::answer()], &healed, &healed).await;
        let failed = format!("main {status} {failed}, main {status} {failed}");
        check(
            &[Reply::status(status)],
            &format!("{failed} -> {end} again{rests}"),
            &format!("{failed}, spare ok yes -> ok{rests}"),
        )
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn b24_who_has_waited_long_is_not_asked_again_while_another_can_answer() {
    let failed = "main 504 upstream_timeout maybe";
    check(
        &[Reply::status(504)],
        &format!("{failed}, {failed} -> Timeout upstream_timeout again; main rests"),
        &format!("{failed}, spare ok yes -> ok; main rests"),
    )
    .await;
    let failed = "main 524 edge_timeout maybe";
    check(
        &[Reply::status(524)],
        &format!("{failed} -> Timeout edge_timeout again; main rests"),
        &format!("{failed}, spare ok yes -> ok; main rests"),
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn b25_a_status_nobody_expects_falls_back() {
    for (status, billed, n_tries) in
        [(418, "no", 1), (451, "no", 1), (599, "maybe", 2), (999, "maybe", 2)]
    {
        let failed = vec![format!("main {status} unexpected {billed}"); n_tries].join(", ");
        let [alone, with_spare] = both([Reply::status(status)]).await;
        assert!(alone.starts_with(&format!("{failed} -> ApiError unexpected")), "{alone}");
        assert_eq!(with_spare, format!("{failed}, spare ok yes -> ok"));
    }
}

#[tokio::test(start_paused = true)]
async fn b27_nothing_of_a_key_or_an_address_reaches_the_caller() {
    let told = |url: &str| {
        let message = format!("Bad key sk-test-000 at {url}/chat/completions?key=sk-test-000");
        Reply::json(401, &json!({"error": {"code": 401, "message": message}}))
    };
    let reply = told("http://127.0.0.1:4000/api/v1");
    let failed = "main 401 upstream_auth no";
    check(
        std::slice::from_ref(&reply),
        &format!("{failed} -> ApiError upstream_auth final"),
        &format!("{failed}, spare ok yes -> ok"),
    )
    .await;
    let house = House::new(Chain::Alone, main_replying([reply]));
    let error = house.asked().await.unwrap_err();
    let shown = format!("{error} {error:?} {:?} {:?}", error.attempts(), house.manager);
    for secret in ["sk-test-000", "127.0.0.1", "http://"] {
        let place = shown.find(secret).map(|start| &shown[start.saturating_sub(200)..]);
        assert_eq!(place, None, "{secret}");
    }
}
