//! Every shape of error Anthropic is known to send, by what becomes of it.

use std::time::Duration;

use llm_core::{ChatRequest, Error, ErrorKind as Kind, Execution, Provider, Retry, Tool};
use serde_json::json;

use crate::upstream::{KEY, MODEL, Upstream};

const JSON: &str = "content-type: application/json\r\n";

async fn error(status: u16, headers: &str, body: &str) -> Error {
    let error = Upstream::answering(status, headers, body).chat().await.unwrap_err();
    assert_eq!(error.provider().unwrap(), &"anthropic");
    assert_eq!(error.model().unwrap(), &"claude-swift");
    let shown = format!("{error} {error:?}");
    for secret in [KEY, "127.0.0.1", "http://", "<html", "{\""] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
    error
}

fn body(kind: &str, message: &str) -> String {
    format!(
        r#"{{"type":"error","error":{{"type":"{kind}","message":"{message}"}},"request_id":"req_1"}}"#
    )
}

/// Checks kind, advice on retrying and execution of a JSON error.
async fn check(
    (status, headers): (u16, &str),
    body: &str,
    (kind, retry, execution): (Kind, Option<Retry>, Execution),
) {
    let error = error(status, &format!("{JSON}{headers}"), body).await;
    let seen = (error.kind(), error.retry(), error.execution());
    assert_eq!(seen, (kind, retry, execution), "{status} {body}: {error}");
    assert_eq!(error.status(), (status != 200).then_some(status));
}

fn after(seconds: u64) -> Retry {
    Retry::After(Duration::from_secs(seconds))
}

#[tokio::test]
async fn every_type_of_error_has_its_kind() {
    use Execution::{Maybe, Rejected};
    let rows = [
        (400, "invalid_request_error", Kind::InvalidRequest, Rejected),
        (401, "authentication_error", Kind::UpstreamAuth, Rejected),
        (402, "billing_error", Kind::QuotaExhausted, Rejected),
        (403, "permission_error", Kind::UpstreamForbidden, Rejected),
        (404, "not_found_error", Kind::ModelNotFound, Rejected),
        (409, "conflict_error", Kind::Conflict, Rejected),
        (413, "request_too_large", Kind::PayloadTooLarge, Rejected),
        (429, "rate_limit_error", Kind::RateLimited, Rejected),
        (500, "api_error", Kind::UpstreamServer, Maybe),
        (504, "timeout_error", Kind::UpstreamTimeout, Maybe),
        (529, "overloaded_error", Kind::Overloaded, Rejected),
        // Statuses of whoever stands before it.
        (408, "api_error", Kind::UpstreamTimeout, Maybe),
        (502, "api_error", Kind::BadGateway, Maybe),
        (503, "api_error", Kind::Overloaded, Rejected),
        (524, "api_error", Kind::EdgeTimeout, Maybe),
    ];
    for (status, word, kind, execution) in rows {
        let body = body(word, "No.");
        check((status, ""), &body, (kind, None, execution)).await;
        // C01: the same error under a success is the same error.
        if !matches!(status, 408 | 502 | 503 | 524) {
            check((200, ""), &body, (kind, None, execution)).await;
        }
    }
}

#[tokio::test]
async fn the_message_says_what_the_type_does_not() {
    let rows = [
        (400, "prompt is too long: 208310 tokens > 200000 maximum", Kind::ContextLength),
        (
            400,
            "input length and `max_tokens` exceed context limit: 188240 + 21333 > 200000, decrease input length or `max_tokens` and try again",
            Kind::ContextLength,
        ),
        (
            400,
            "max_tokens: 9000 > 4096, which is the maximum allowed number of output tokens for claude-swift",
            Kind::UnsupportedParam,
        ),
        (400, "frequency_penalty: Extra inputs are not permitted", Kind::UnsupportedParam),
        (400, "adaptive thinking is not supported on this model", Kind::UnsupportedParam),
        (400, "This model does not support image input", Kind::UnsupportedParam),
        (
            400,
            "messages: Unexpected role \\\"system\\\". Allowed roles are \\\"user\\\" or \\\"assistant\\\".",
            Kind::UnsupportedParam,
        ),
        (
            400,
            "`temperature` may only be set to 1 when thinking is enabled.",
            Kind::UnsupportedParam,
        ),
        (
            400,
            "Thinking may not be enabled when tool_choice forces tool use.",
            Kind::UnsupportedParam,
        ),
        (
            400,
            "`max_tokens` must be greater than `thinking.budget_tokens`.",
            Kind::UnsupportedParam,
        ),
        (
            400,
            "messages.1.content.0.type: Expected `thinking` or `redacted_thinking`, but found `tool_use`.",
            Kind::UnsupportedParam,
        ),
        (400, "tools.0.custom.input_schema.type: Input should be 'object'", Kind::InvalidRequest),
        (400, "Output blocked by content filtering policy", Kind::ContentPolicy),
        (
            400,
            "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.",
            Kind::QuotaExhausted,
        ),
        (404, "model: claude-nowhere", Kind::ModelNotFound),
        (404, "Not Found", Kind::UpstreamMisconfigured),
        (429, "Extra usage is required for long context requests.", Kind::QuotaExhausted),
    ];
    for (status, message, kind) in rows {
        check((status, ""), &body("any_error", message), (kind, None, Execution::Rejected)).await;
    }
}

#[tokio::test]
async fn spend_limits_are_quota_and_say_when_they_end_where_they_do() {
    let spent = r#"{"type":"error","error":{"type":"rate_limit_error","message":"No.","details":{"error_code":"enforced_spend_limit_reached"}}}"#;
    check((429, ""), spent, (Kind::QuotaExhausted, None, Execution::Rejected)).await;
    let error = error(429, JSON, spent).await;
    assert!(!error.is_retryable());

    let message = "You have reached your specified API usage limits. You will regain access on 2999-01-01 at 00:00 UTC.";
    let error = self::error(400, JSON, &body("invalid_request_error", message)).await;
    assert_eq!(error.kind(), Kind::QuotaExhausted);
    assert!(
        matches!(error.retry(), Some(Retry::After(wait)) if wait > Duration::from_secs(86_400))
    );
    // A time that is past, or none, says nothing.
    for words in [
        "You will regain access on 2001-01-01 at 00:00 UTC.",
        "You will regain access on Monday at noon UTC",
        "",
    ] {
        let message = format!("You have reached your specified API usage limits. {words}");
        let body = body("invalid_request_error", &message);
        check((400, ""), &body, (Kind::QuotaExhausted, None, Execution::Rejected)).await;
    }
}

#[tokio::test]
async fn a_rate_limit_ends_when_the_headers_say() {
    let limited = body("rate_limit_error", "This request would exceed your rate limit.");
    let rejected = Execution::Rejected;
    let requests = |remaining: &str, reset: &str| {
        format!(
            "anthropic-ratelimit-requests-limit: 50\r\nanthropic-ratelimit-requests-remaining: {remaining}\r\n\
             anthropic-ratelimit-requests-reset: {reset}\r\n"
        )
    };
    let tokens = |remaining: &str, reset: &str| {
        format!(
            "anthropic-ratelimit-input-tokens-remaining: {remaining}\r\nanthropic-ratelimit-input-tokens-reset: {reset}\r\n"
        )
    };
    let hint = |headers: String| {
        let limited = limited.clone();
        async move {
            let error = error(429, &format!("{JSON}{headers}"), &limited).await;
            assert_eq!(error.kind(), Kind::RateLimited);
            error.retry()
        }
    };
    check((429, "retry-after: 7\r\n"), &limited, (Kind::RateLimited, Some(after(7)), rejected))
        .await;
    // What `retry-after` says comes first.
    let both = format!("retry-after: 7\r\n{}", requests("0", "2999-01-01T00:00:00Z"));
    assert_eq!(hint(both).await, Some(after(7)));
    let years = |retry: Option<Retry>| match retry {
        Some(Retry::After(wait)) => wait.as_secs() / 31_557_600,
        other => panic!("{other:?}"),
    };
    assert!(years(hint(requests("0", "2999-01-01T00:00:00Z")).await) > 900);
    // Of several limits that are used up, the last to be renewed counts; of one that is not, none.
    let two = [requests("0", "2499-01-01T00:00:00Z"), tokens("0", "2999-01-01T00:00:00Z")].concat();
    assert!(years(hint(two).await) > 900);
    let two = [requests("0", "2499-01-01T00:00:00Z"), tokens("9", "2999-01-01T00:00:00Z")].concat();
    assert!((400..600).contains(&years(hint(two).await)));
    for headers in [
        requests("12", "2999-01-01T00:00:00Z"),
        requests("0", "2001-01-01T00:00:00Z"),
        requests("0", "soon"),
        String::new(),
    ] {
        assert_eq!(hint(headers.clone()).await, None, "{headers}");
    }
    let busy = body("overloaded_error", "Overloaded");
    check((529, "retry-after: 2\r\n"), &busy, (Kind::Overloaded, Some(after(2)), rejected)).await;
    let never = (Kind::RateLimited, Some(Retry::Never), rejected);
    check((429, "x-should-retry: false\r\n"), &limited, never).await;
}

#[tokio::test]
async fn bodies_that_are_no_json_leave_it_to_the_status() {
    let page = "<html><body>canary page</body></html>";
    for (headers, body) in
        [("content-type: text/html\r\n", page), (JSON, ""), (JSON, "{\"er"), ("", "canary page")]
    {
        for (status, kind) in [
            (529, Kind::Overloaded),
            (429, Kind::RateLimited),
            (404, Kind::UpstreamMisconfigured),
            (401, Kind::UpstreamAuth),
            (302, Kind::UnexpectedRedirect),
        ] {
            let error = error(status, headers, body).await;
            assert_eq!(error.kind(), kind, "{status} {body}");
            assert!(!error.to_string().contains("canary"), "{error}");
        }
    }
}

#[tokio::test]
async fn odd_shapes_of_an_error_are_errors_all_the_same() {
    for body in [
        r#"{"type":"error"}"#,
        r#"{"type":"error","error":"busy"}"#,
        r#"{"type":"error","error":{"type":null,"message":7,"details":[]}}"#,
        r#"{"type":"error","error":{"details":{"error_code":7}}}"#,
        r#"{"error":null}"#,
    ] {
        assert_eq!(error(500, JSON, body).await.kind(), Kind::UpstreamServer, "{body}");
    }
}

#[tokio::test]
async fn a_success_that_is_no_answer_is_an_error() {
    use Execution::{Executed, Maybe};
    for (body, kind, execution) in [
        ("", Kind::EmptyResponse, Maybe),
        ("<html>", Kind::NotJson, Maybe),
        ("[]", Kind::MalformedResponse, Maybe),
        (r#"{"content":[{"type":"te"#, Kind::TruncatedResponse, Executed),
        (r#"{"content":7}"#, Kind::MalformedResponse, Maybe),
        (r#"{"content":[7],"stop_reason":"end_turn"}"#, Kind::MalformedResponse, Maybe),
        (r#"{"id":"msg_1","type":"message"}"#, Kind::EmptyChoices, Maybe),
        (r#"{"choices":[{"message":{"content":"Hi"}}]}"#, Kind::EmptyChoices, Maybe),
        (r#"{"content":[],"stop_reason":"end_turn"}"#, Kind::EmptyContent, Executed),
        (
            r#"{"content":[{"type":"thinking","thinking":"Hm."}],"stop_reason":"end_turn"}"#,
            Kind::EmptyContent,
            Executed,
        ),
        (
            r#"{"content":[{"type":"text","text":"Once"}],"error":{"type":"api_error","message":"No."}}"#,
            Kind::UpstreamMidError,
            Executed,
        ),
    ] {
        let error = error(200, JSON, body).await;
        assert_eq!((error.kind(), error.execution()), (kind, execution), "{body}: {error}");
    }
}

#[tokio::test]
async fn the_error_names_the_request() {
    let body = body("api_error", "Internal server error");
    let error = error(500, &format!("{JSON}request-id: req_011CS\r\n"), &body).await;
    assert_eq!(error.request_id(), Some("req_011CS"));
    assert_eq!(
        error.to_string(),
        "anthropic:claude-swift: upstream_server (status 500): Internal server error"
    );
}

#[tokio::test]
async fn a_tool_that_is_refused_is_named() {
    let words = "tools.1.custom.input_schema.type: Input should be 'object'";
    let tools = ["look_up", "send_mail"].map(|name| Tool::new(name, json!({ "type": "list" })));
    let request = ChatRequest::from("Hello").with_tools(tools);
    let body = body("invalid_request_error", words);
    for streamed in [false, true] {
        let upstream = Upstream::answering(400, JSON, &body);
        let provider = upstream.provider();
        let model = MODEL.into();
        let error = if streamed {
            provider.stream(&model, request.clone()).await.err().unwrap()
        } else {
            provider.chat(&model, request.clone()).await.unwrap_err()
        };
        assert_eq!(error.message(), format!("{words}; tools[1] is `send_mail`"));
    }
}
