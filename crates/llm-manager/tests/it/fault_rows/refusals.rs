//! Rows 15 to 30: the request, the key or the configuration is at fault.

use llm_testkit::simulator::{Dialect, Reply};
use serde_json::json;

use super::{
    everywhere::{CHAT, FILTERS, OPENROUTER, OTHERS, settle},
    row::Row,
};

/// The status of a refusal that is this one only at OpenRouter.
fn said(dialect: Dialect, openrouter: u16) -> u16 {
    if dialect == Dialect::OpenRouter { openrouter } else { 400 }
}

const LINE_21: &str = "`quota_exhausted` | ApiError | no | the next with another key | the key rests for the hint or 10 minutes, free models go on | no | `quota_exhausted`, final";

#[tokio::test(start_paused = true)]
async fn row_15_invalid_request() {
    Row::new(15, "`invalid_request` | ApiError | no | nobody | – | no | `invalid_request`, final")
        .when(400, Reply::status(400))
        .await;
    settle(15);
}

#[tokio::test(start_paused = true)]
async fn row_16_context_length() {
    Row::new(16, "`context_length` | ApiError | no | the next with a larger window | – | no | `context_length`, final")
        .when(400, Reply::context_length())
        .await;
    settle(16);
}

#[tokio::test(start_paused = true)]
async fn row_17_unsupported_parameter() {
    let row = || {
        Row::new(
            17,
            "`unsupported_param` | ApiError | no | the next | – | no | `unsupported_param`, final",
        )
    };
    let error = json!({"message": "no such thing", "code": "unsupported_parameter"});
    row().only(CHAT).when(400, Reply::json(400, &json!({"error": error}))).await;
    row().when_each(|dialect| (Some(said(dialect, 404)), Reply::no_tool_support().into())).await;
    settle(17);
}

#[tokio::test(start_paused = true)]
async fn row_18_model_not_found() {
    let row = || {
        Row::new(
            18,
            "`model_not_found` | ModelUnavailable | no | the next | rests for 10 minutes | no | `model_not_found`, final",
        )
    };
    let unknown = || Reply::unknown_model("acme/sick");
    row().only(OPENROUTER).when(400, unknown()).await;
    row().only(OTHERS).when(404, unknown()).await;
    row().only(CHAT).when(404, Reply::status(404)).await;
    let unavailable = Reply::unavailable(404, "model_not_found", None);
    row().only(OPENROUTER).when(404, unavailable).await;
    settle(18);
}

#[tokio::test(start_paused = true)]
async fn row_19_refused_by_policy_or_region() {
    let policy = || {
        Row::new(
            19,
            "`content_policy` | ApiError | no | nobody; the next with `llm.fallback_on_refusal` | – | no | `content_policy`, final",
        )
    };
    let flagged = |dialect| (Some(said(dialect, 403)), Reply::moderated().into());
    policy().only(FILTERS).when_each(flagged).await;
    policy().only(CHAT).when(400, Reply::error(400, "Blocked by our content policy")).await;
    Row::new(19, "`region_blocked` | ApiError | no | the next | – | no | `region_blocked`, final")
        .only(CHAT)
        .when(403, Reply::error(403, "This model is not available in your region"))
        .await;
    settle(19);
}

#[tokio::test(start_paused = true)]
async fn row_20_key_rejected() {
    Row::new(20, "`upstream_auth` | ApiError | no | the next with another key | the key rests after two in a row, 60 s doubled up to 10 minutes | no | `upstream_auth`, final")
        .when(401, Reply::status(401))
        .await;
    settle(20);
}

#[tokio::test(start_paused = true)]
async fn row_21_credit_used_up() {
    Row::new(21, LINE_21).when(402, Reply::status(402)).await;
    let coded = |status, code: &str| {
        Reply::json(status, &json!({"error": {"message": "no", "code": code}}))
    };
    for (status, code) in
        [(403, "billing_hard_limit_reached"), (400, "enforced_spend_limit_reached")]
    {
        Row::new(21, LINE_21).only(CHAT).when(status, coded(status, code)).await;
    }
    Row::new(21, LINE_21).only(&[Dialect::Anthropic]).when(400, Reply::own_spend_limit()).await;
    // Under 429 the label stays that of the status.
    let line = "`quota_exhausted` | RateLimit | no | the next with another key | the key rests for the hint or 10 minutes, free models go on | no | `quota_exhausted`, final";
    Row::besides(21, line).only(CHAT).when(429, coded(429, "insufficient_quota")).await;
    for code in ["insufficient_quota", "credit_balance_exhausted"] {
        let says_so = &[Dialect::OpenAi, Dialect::Anthropic];
        Row::besides(21, line).only(says_so).when(429, Reply::quota(code)).await;
    }
    // With a hint the caller is told when.
    let line = "`quota_exhausted` | RateLimit | no | the next with another key | the key rests for the hint or 10 minutes, free models go on | no | `quota_exhausted`, worth trying later";
    let hinted = Reply::free_limit_per_day().with_header("retry-after", "120");
    Row::besides(21, line).only(OPENROUTER).with_hint(120).when(429, hinted).await;
    settle(21);
}

#[tokio::test(start_paused = true)]
async fn row_22_credit_held_by_requests_in_flight() {
    let row = |hint| {
        Row::new(22, "`in_flight_budget` | RateLimit | once, after its rest | the next | rests for the hint (at most 300 s), without one and after a failed probe at least 5 s doubled up to 60 s | no | `in_flight_budget`, worth trying later").with_hint(hint)
    };
    row(2).when(402, Reply::reserved_credit(2)).await;
    row(60).when(402, Reply::reserved_credit(60)).await;
    settle(22);
}

#[tokio::test(start_paused = true)]
async fn row_23_key_may_not_do_this() {
    Row::new(23, "`upstream_forbidden` | ApiError | no | the next with another key | the key rests after two in a row, 60 s doubled up to 10 minutes | no | `upstream_forbidden`, final")
        .when(403, Reply::status(403))
        .await;
    settle(23);
}

#[tokio::test(start_paused = true)]
async fn row_24_wrong_path() {
    let row = Row::new(
        24,
        "`upstream_misconfigured` | ApiError | no | the next | – | no | `upstream_misconfigured`, final",
    );
    row.when(404, Reply::html(404)).await;
    row.when(404, Reply::error(404, "Page not found")).await;
    settle(24);
}

#[tokio::test(start_paused = true)]
async fn row_25_other_refusals_of_the_protocol() {
    let row = Row::new(
        25,
        "`protocol_violation` | ApiError | no | the next | – | no | `protocol_violation`, final",
    );
    for status in [405, 406, 410, 411, 415] {
        row.when(status, Reply::status(status)).await;
    }
    // The whole request had been read by then.
    let line =
        "`protocol_violation` | ApiError | no | the next | – | maybe | `protocol_violation`, final";
    let headers = format!("HTTP/1.1 200 OK\r\n{}\r\n{{}}", "x-a: b\r\n".repeat(1_000));
    for broken in [headers.as_str(), "SSH-2.0-server\r\n\r\n"] {
        Row::besides(25, line).when(None, Reply::raw(broken)).await;
    }
    settle(25);
}

#[tokio::test(start_paused = true)]
async fn row_26_408() {
    Row::new(26, "`upstream_timeout` | Timeout | once, 500ms | the next | hard, rests up to 20 s | maybe | `upstream_timeout`, worth trying later")
        .when(408, Reply::status(408))
        .await;
    settle(26);
}

#[tokio::test(start_paused = true)]
async fn row_27_409() {
    Row::new(27, "`conflict` | ApiError | 2 times, 500ms | the next | – | no | `conflict`, worth trying later")
        .when(409, Reply::status(409))
        .await;
    settle(27);
}

#[tokio::test(start_paused = true)]
async fn row_28_413() {
    Row::new(
        28,
        "`payload_too_large` | ApiError | no | nobody | – | no | `payload_too_large`, final",
    )
    .when(413, Reply::status(413))
    .await;
    settle(28);
}

#[tokio::test(start_paused = true)]
async fn row_29_422() {
    Row::new(29, "`unprocessable` | ApiError | no | nobody | – | no | `unprocessable`, final")
        .when(422, Reply::status(422))
        .await;
    settle(29);
}

#[tokio::test(start_paused = true)]
async fn row_30_misdirected() {
    let row = Row::new(
        30,
        "`misdirected` | ApiError | once, at once | the next | – | no | `misdirected`, worth trying later",
    );
    row.when(421, Reply::status(421)).await;
    row.when(425, Reply::status(425)).await;
    settle(30);
}
