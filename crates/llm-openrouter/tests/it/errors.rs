//! Every shape of error OpenRouter is known to send, by what becomes of it.

use std::time::Duration;

use llm_core::{Error, ErrorKind as Kind, ErrorLabel, Execution, Retry};

use crate::upstream::{KEY, Upstream};

const JSON: &str = "content-type: application/json\r\n";

async fn error(status: u16, headers: &str, body: &str) -> Error {
    let error = Upstream::answering(status, headers, body).chat().await.unwrap_err();
    assert_eq!(error.provider().unwrap(), &"openrouter");
    assert_eq!(error.model().unwrap(), &"acme/swift-8b");
    let shown = format!("{error} {error:?}");
    for secret in [KEY, "127.0.0.1", "http://", "<html", "{\""] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
    error
}

/// Checks kind, advice on retrying and execution of a JSON error.
async fn check(status: u16, headers: &str, body: &str, expected: (Kind, Option<Retry>, Execution)) {
    let error = error(status, &format!("{JSON}{headers}"), body).await;
    let seen = (error.kind(), error.retry(), error.execution());
    assert_eq!(seen, expected, "{status} {body}: {error}");
    if !(200..300).contains(&status) {
        assert_eq!(error.status(), Some(status));
    }
}

fn after(seconds: f64) -> Retry {
    Retry::After(Duration::from_secs_f64(seconds))
}

#[tokio::test]
async fn the_status_decides_where_the_body_says_nothing() {
    let rows = [
        (400, Kind::InvalidRequest, Execution::Rejected),
        (401, Kind::UpstreamAuth, Execution::Rejected),
        (402, Kind::QuotaExhausted, Execution::Rejected),
        (403, Kind::UpstreamForbidden, Execution::Rejected),
        (404, Kind::ModelNotFound, Execution::Rejected),
        (405, Kind::ProtocolViolation, Execution::Rejected),
        (408, Kind::UpstreamTimeout, Execution::Maybe),
        (409, Kind::Conflict, Execution::Rejected),
        (412, Kind::Unexpected, Execution::Rejected),
        (413, Kind::PayloadTooLarge, Execution::Rejected),
        (422, Kind::Unprocessable, Execution::Rejected),
        (429, Kind::RateLimited, Execution::Rejected),
        (500, Kind::UpstreamServer, Execution::Maybe),
        (502, Kind::BadGateway, Execution::Maybe),
        (503, Kind::Overloaded, Execution::Rejected),
        (504, Kind::UpstreamTimeout, Execution::Maybe),
        (524, Kind::EdgeTimeout, Execution::Maybe),
        (529, Kind::Overloaded, Execution::Rejected),
        (418, Kind::Unexpected, Execution::Rejected),
        (599, Kind::Unexpected, Execution::Maybe),
        (999, Kind::Unexpected, Execution::Maybe),
        (302, Kind::UnexpectedRedirect, Execution::Rejected),
    ];
    for (status, kind, execution) in rows {
        let body = format!(r#"{{"error":{{"code":{status},"message":"No."}}}}"#);
        check(status, "", &body, (kind, None, execution)).await;
    }
}

#[tokio::test]
async fn bodies_that_are_no_json_leave_it_to_the_status() {
    // C06: nothing of a page is shown.
    let page = "<html><body>canary page</body></html>";
    for (headers, body) in [
        ("content-type: text/html\r\n", page),
        ("", page),
        (JSON, ""),
        (JSON, "{\"er"),
        ("", "canary page"),
    ] {
        for (status, kind) in [
            (503, Kind::Overloaded),
            (429, Kind::RateLimited),
            (404, Kind::UpstreamMisconfigured),
            (401, Kind::UpstreamAuth),
        ] {
            let error = error(status, headers, body).await;
            assert_eq!(error.kind(), kind, "{status} {body}");
            assert!(!error.to_string().contains("canary"), "{error}");
        }
    }
}

#[tokio::test]
async fn availability_says_what_to_do() {
    let rejected = Execution::Rejected;
    let body = |code: &str, more: &str| {
        format!(
            r#"{{"error":{{"error_type":"not_found","http_status":404,"message":"No.",
                "availability":{{"code":"{code}","requested_models":["a/b"],"docs_url":"x"{more}}}}}}}"#
        )
    };
    let never = Some(Retry::Never);
    let fixed = r#","retryable":false"#;
    for (status, code) in [
        (400, "model_not_found"),
        (400, "wrong_endpoint"),
        (404, "no_endpoints"),
        (404, "model_deprecated"),
        (404, "model_unavailable_upstream"),
        (404, "free_variant_ended"),
        (404, "privacy_restricted"),
        (404, "constraint_filtered"),
    ] {
        check(status, "", &body(code, fixed), (Kind::ModelNotFound, never, rejected)).await;
    }
    let lifted = r#","retryable":true"#;
    check(
        404,
        "",
        &body("no_endpoints", lifted),
        (Kind::ModelNotFound, Some(Retry::Now), rejected),
    )
    .await;
    let wait = r#","retryable":true,"retry_after":7"#;
    check(
        429,
        "",
        &body("capacity_exhausted", wait),
        (Kind::RateLimited, Some(after(7.0)), rejected),
    )
    .await;
    check(
        503,
        "",
        &body("temporarily_unavailable", wait),
        (Kind::Overloaded, Some(after(7.0)), rejected),
    )
    .await;
    check(403, "", &body("region_restricted", fixed), (Kind::RegionBlocked, never, rejected)).await;
    let filters = [
        ("context_length", Kind::ContextLength),
        ("require_parameters", Kind::UnsupportedParam),
        ("geo", Kind::RegionBlocked),
        ("data_policy:zdr", Kind::ModelNotFound),
    ];
    for (filter, kind) in filters {
        let more = format!(r#"{fixed},"excluded_by":["{filter}"]"#);
        check(404, "", &body("constraint_filtered", &more), (kind, never, rejected)).await;
    }
    // A code nobody knows yet leaves it to the rest of the error.
    check(503, "", &body("brand_new", lifted), (Kind::Overloaded, Some(Retry::Now), rejected))
        .await;
}

#[tokio::test]
async fn the_error_type_names_the_kind() {
    let rows = [
        (400, "context_length_exceeded", Kind::ContextLength),
        (400, "token_limit_exceeded", Kind::ContextLength),
        (400, "max_tokens_exceeded", Kind::ContextLength),
        (400, "string_too_long", Kind::InvalidRequest),
        (400, "invalid_prompt", Kind::InvalidRequest),
        (400, "content_policy_violation", Kind::ContentPolicy),
        (400, "refusal", Kind::ContentPolicy),
        (400, "invalid_image", Kind::InvalidRequest),
        (400, "image_too_large", Kind::InvalidRequest),
        (400, "image_too_small", Kind::InvalidRequest),
        (400, "unsupported_image_format", Kind::InvalidRequest),
        (400, "image_download_failed", Kind::InvalidRequest),
        (404, "image_not_found", Kind::InvalidRequest),
        (401, "authentication", Kind::UpstreamAuth),
        (402, "payment_required", Kind::QuotaExhausted),
        (403, "permission_denied", Kind::UpstreamForbidden),
        (404, "not_found", Kind::ModelNotFound),
        (412, "precondition_failed", Kind::Unexpected),
        (413, "payload_too_large", Kind::PayloadTooLarge),
        (422, "unprocessable", Kind::Unprocessable),
        (500, "server", Kind::UpstreamServer),
        (502, "provider_unavailable", Kind::BadGateway),
        (503, "provider_overloaded", Kind::Overloaded),
        (504, "timeout", Kind::UpstreamTimeout),
    ];
    for (status, word, kind) in rows {
        let body = format!(
            r#"{{"error":{{"code":{status},"message":"No.","metadata":{{"error_type":"{word}"}}}}}}"#
        );
        assert_eq!(error(status, JSON, &body).await.kind(), kind, "{word}");
        // The same inside a success, without any status.
        let inside = format!(r#"{{"error":{{"message":"No.","error_type":"{word}"}}}}"#);
        assert_eq!(error(200, JSON, &inside).await.kind(), kind, "{word} inside");
    }
}

#[tokio::test]
async fn messages_are_read_where_nothing_else_tells() {
    let rows = [
        (400, "acme/none is not a valid model ID", Kind::ModelNotFound),
        (404, "No endpoints found for acme/none.", Kind::ModelNotFound),
        (404, "No endpoints found matching your data policy", Kind::ModelNotFound),
        (404, "No endpoints found that support tool use", Kind::UnsupportedParam),
        (400, "This endpoint's maximum context length is 8192 tokens", Kind::ContextLength),
        (413, "prompt is too long: 9000 tokens", Kind::ContextLength),
        (400, "Unsupported parameter: 'logit_bias'", Kind::UnsupportedParam),
        (403, "Your chosen model requires moderation and was flagged", Kind::ContentPolicy),
        (403, "The model is not available in your region", Kind::RegionBlocked),
        (403, "Key limit exceeded (daily limit)", Kind::QuotaExhausted),
        (403, "Only management keys can perform this operation", Kind::UpstreamForbidden),
        (402, "Insufficient credits", Kind::QuotaExhausted),
        (
            429,
            "Rate limit exceeded: free-models-per-day. Add 10 credits to unlock 1000",
            Kind::QuotaExhausted,
        ),
        (429, "Rate limit exceeded: free-models-per-day-high-balance.", Kind::QuotaExhausted),
        (429, "Rate limit exceeded: free-models-per-min.", Kind::RateLimited),
        (429, "too many tokens for the context window", Kind::RateLimited),
    ];
    for (status, message, kind) in rows {
        let body = format!(r#"{{"error":{{"code":{status},"message":"{message}"}}}}"#);
        let error = error(status, JSON, &body).await;
        assert_eq!(error.kind(), kind, "{message}");
        assert_eq!(error.label() == ErrorLabel::RateLimit, status == 429, "{message}");
    }
}

#[tokio::test]
async fn metadata_tells_moderation_quota_and_the_upstreams_reason() {
    let body = |status: u16, metadata: &str| {
        format!(
            r#"{{"error":{{"code":{status},"message":"Provider returned error","metadata":{metadata}}},"user_id":null}}"#
        )
    };
    let rows = [
        (403, r#"{"reasons":["violence"],"flagged_input":"canary…"}"#, Kind::ContentPolicy),
        (403, r#"{"patterns":["secret"]}"#, Kind::ContentPolicy),
        (429, r#"{"limit_source":"openrouter_free_tier_daily"}"#, Kind::QuotaExhausted),
        (
            400,
            r#"{"raw":"{\"error\":{\"code\":\"context_length_exceeded\",\"message\":\"too long\"}}","provider_name":"Acme"}"#,
            Kind::ContextLength,
        ),
        (400, r#"{"raw":"This model's maximum context length is 4096"}"#, Kind::ContextLength),
        (400, r#"{"provider_code":"unsupported_parameter"}"#, Kind::UnsupportedParam),
        // The upstream's own quota and key are no concern of the caller's.
        (429, r#"{"raw":"{\"error\":{\"code\":\"insufficient_quota\"}}"}"#, Kind::RateLimited),
        (502, r#"{"raw":"{\"error\":{\"code\":\"invalid_api_key\"}}"}"#, Kind::BadGateway),
        (400, r#"{"raw":"<html>canary</html>"}"#, Kind::InvalidRequest),
        (400, r#"{"raw":{"error":{"code":"content_filter"}}}"#, Kind::ContentPolicy),
        (429, "7", Kind::RateLimited),
    ];
    for (status, metadata, kind) in rows {
        let error = error(status, JSON, &body(status, metadata)).await;
        assert_eq!(error.kind(), kind, "{metadata}");
        assert!(!error.to_string().contains("canary"), "{error}");
    }
    let metadata = r#"{"raw":"{\"error\":{\"message\":\"GPU fell off\"}}","provider_name":"Acme",
        "previous_errors":[{"provider":"Beta","code":"x","status":503},{"provider":"Gamma"}]}"#;
    let error = error(502, JSON, &body(502, metadata)).await;
    insta::assert_snapshot!(
        error.to_string(),
        @"openrouter:acme/swift-8b: bad_gateway (status 502): Provider returned error: GPU fell off (upstream Acme) (after 2 other upstreams)"
    );
}

#[tokio::test]
async fn hints_are_read_in_order() {
    let limited = r#"{"error":{"code":429,"message":"Slow down"}}"#;
    let hinted = r#"{"error":{"code":429,"message":"Slow down",
        "availability":{"code":"capacity_exhausted","retryable":true,"retry_after":9},
        "metadata":{"headers":{"X-RateLimit-Reset":"4102444800000"}}}}"#;
    let rejected = Execution::Rejected;
    let limit = |retry| (Kind::RateLimited, retry, rejected);
    check(429, "", limited, limit(None)).await;
    check(429, "retry-after: 2\r\n", limited, limit(Some(after(2.0)))).await;
    check(429, "retry-after: 30\r\nretry-after-ms: 700\r\n", limited, limit(Some(after(0.7))))
        .await;
    check(429, "retry-after: 2\r\n", hinted, limit(Some(after(2.0)))).await;
    check(429, "", hinted, limit(Some(after(9.0)))).await;
    check(429, "x-should-retry: false\r\n", hinted, limit(Some(Retry::Never))).await;
    // B20: the word of the server wins over what a status suggests.
    let wrong = r#"{"error":{"code":400,"message":"Odd"}}"#;
    let again = (Kind::InvalidRequest, Some(Retry::Now), rejected);
    check(400, "x-should-retry: true\r\n", wrong, again).await;
    // Credit that other requests hold comes back.
    let credit = r#"{"error":{"code":402,"message":"Insufficient credits"}}"#;
    let held = (Kind::InFlightBudget, Some(after(2.0)), rejected);
    check(402, "retry-after: 2\r\n", credit, held).await;
    check(402, "", credit, (Kind::QuotaExhausted, None, rejected)).await;
    let busy = r#"{"error":{"code":503,"message":"Busy"}}"#;
    check(503, "retry-after: 1\r\n", busy, (Kind::Overloaded, Some(after(1.0)), rejected)).await;
}

#[tokio::test]
async fn a_reset_time_is_read_from_header_or_body_in_seconds_or_milliseconds() {
    let waits_long = |error: &Error| {
        let year = Duration::from_secs(365 * 24 * 3600);
        matches!(error.retry(), Some(Retry::After(wait)) if wait > year && wait < year * 100)
    };
    let plain = r#"{"error":{"code":429,"message":"Rate limit exceeded: free-models-per-min."}}"#;
    for header in ["4102444800000", "4102444800"] {
        let headers = format!("{JSON}X-RateLimit-Reset: {header}\r\n");
        let error = error(429, &headers, plain).await;
        assert!(waits_long(&error), "{:?}", error.retry());
    }
    for reset in ["\"4102444800000\"", "4102444800000", "4102444800"] {
        let body = format!(
            r#"{{"error":{{"code":429,"message":"Rate limit exceeded: free-models-per-day",
                "metadata":{{"headers":{{"X-RateLimit-Reset":{reset}}}}}}}}}"#
        );
        let error = error(429, JSON, &body).await;
        assert_eq!(error.kind(), Kind::QuotaExhausted);
        assert!(waits_long(&error), "{:?}", error.retry());
    }
    for past in ["1", "soon", "-4102444800", "1e400"] {
        let headers = format!("{JSON}X-RateLimit-Reset: {past}\r\n");
        assert_eq!(error(429, &headers, plain).await.retry(), None, "{past}");
    }
}

#[tokio::test]
async fn b26_an_error_inside_a_success_is_that_error() {
    for body in [
        r#"{"error":{"code":429,"message":"Slow down"}}"#,
        r#"{"error":{"code":"429","message":"Slow down"},"choices":[]}"#,
        r#"{"id":null,"choices":null,"usage":null,"error":{"code":429,"message":"Slow down"}}"#,
        r#"{"choices":[{"message":{"content":""},"finish_reason":"error","error":{"code":429,"message":"Slow down"}}]}"#,
    ] {
        let outside = error(429, JSON, body).await;
        let inside = error(200, JSON, body).await;
        assert_eq!(inside.kind(), Kind::RateLimited);
        assert_eq!(
            outside.to_string().replace("the provider gives no reason", "Slow down"),
            inside.to_string()
        );
        assert_eq!(inside.label(), ErrorLabel::RateLimit);
        assert_eq!(inside.execution(), outside.execution());
    }
}

#[tokio::test]
async fn b26_the_headers_of_a_success_say_when_to_try_again_if_it_is_an_error() {
    let limited = r#"{"error":{"code":429,"message":"Slow down"}}"#;
    let hinted = (Kind::RateLimited, Some(after(2.0)), Execution::Rejected);
    check(200, "retry-after: 2\r\n", limited, hinted).await;
    check(429, "retry-after: 2\r\n", limited, hinted).await;
}

#[tokio::test]
async fn b27_nothing_of_a_key_or_an_address_comes_back() {
    let body = format!(
        r#"{{"error":{{"code":401,"message":"Bad key {KEY} at http://127.0.0.1:1/x?key={KEY}"}}}}"#
    );
    let error = error(401, JSON, &body).await;
    assert_eq!(error.kind(), Kind::UpstreamAuth);
    assert!(error.to_string().contains("[redacted]"), "{error}");
}

#[tokio::test]
async fn other_shapes_of_error_bodies_are_understood() {
    for (body, expected) in [
        (r#"{"error":"out of memory"}"#, "out of memory"),
        (r#"{"detail":"Not allowed"}"#, "Not allowed"),
        (r#"{"detail":[{"loc":["body"],"msg":"field required"}]}"#, "field required"),
        (r#"{"object":"error","message":"no such thing","code":500}"#, "no such thing"),
        (r#"[{"error":{"message":"in a list"}}]"#, "in a list"),
    ] {
        let error = error(500, JSON, body).await;
        assert_eq!(error.kind(), Kind::UpstreamServer);
        assert!(error.to_string().ends_with(expected), "{error}");
    }
}

#[tokio::test]
async fn errors_name_the_request() {
    let body = r#"{"error":{"code":500,"message":"x"}}"#;
    let headers = format!("{JSON}X-Generation-Id: gen-7\r\nx-request-id: req-8\r\n");
    assert_eq!(error(500, &headers, body).await.request_id(), Some("gen-7"));
    let inside = r#"{"id":"gen-1","error":{"code":500,"message":"x"}}"#;
    assert_eq!(error(200, JSON, inside).await.request_id(), Some("gen-1"));
}

#[tokio::test]
async fn bodies_of_a_success_that_are_no_answer() {
    let rows = [
        (JSON, "", Kind::EmptyResponse),
        ("content-type: text/html\r\n", "<html>canary</html>", Kind::NotJson),
        (JSON, "canary", Kind::NotJson),
        (JSON, "{canary}", Kind::MalformedResponse),
        (JSON, r#"{"choices":[]}"#, Kind::EmptyChoices),
        ("content-type: application/json; charset=utf-16\r\n", "{}", Kind::MalformedResponse),
    ];
    for (headers, body, kind) in rows {
        let error = error(200, headers, body).await;
        assert_eq!(error.kind(), kind, "{body}");
        assert!(!error.to_string().contains("canary"), "{error}");
    }
    assert_eq!(error(204, "", "").await.kind(), Kind::EmptyResponse);
}

#[tokio::test]
async fn c05_a_truncated_body_is_told_from_a_broken_one_in_all_three_framings() {
    let half = r#"{"choices":[{"message":{"content":"Once upon"#;
    let by_length = format!("content-length: 999\r\n\r\n{half}");
    let by_chunk = format!("transfer-encoding: chunked\r\n\r\n{:x}\r\n{half}\r\n", half.len());
    let by_close = format!("\r\n{half}");
    for rest in [by_length, by_chunk, by_close] {
        let head = format!("HTTP/1.1 200 OK\r\nconnection: close\r\n{JSON}");
        let error = Upstream::raw(head + &rest).chat().await.unwrap_err();
        assert_eq!(error.kind(), Kind::TruncatedResponse);
        assert_eq!(error.execution(), Execution::Executed);
        assert_eq!(error.model().unwrap(), &"acme/swift-8b");
    }
}
