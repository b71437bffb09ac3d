//! Every shape of error OpenAI is known to send, by what becomes of it.

use std::time::Duration;

use llm_core::{
    ChatRequest, Error, ErrorKind as Kind, Execution, Image, Message, Part, Provider, Retry, Tool,
};
use llm_openai::OpenAi;
use serde_json::json;

use crate::upstream::{KEY, MODEL, Upstream, data};

const JSON: &str = "content-type: application/json\r\n";

async fn error(status: u16, headers: &str, body: &str) -> Error {
    let upstream = Upstream::answering(status, headers, body);
    let error = upstream.chat().await.unwrap_err();
    assert_eq!(error.provider().unwrap(), &"openai");
    assert_eq!(error.model().unwrap(), &MODEL);
    let shown = format!("{error} {error:?}");
    for secret in [KEY, "127.0.0.1", "http://", "<html", "{\""] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
    let asked = upstream.openai().stream(&MODEL.into(), ChatRequest::from("Hello")).await;
    assert_eq!(asked.err().unwrap().kind(), error.kind(), "asked for a stream");
    error
}

fn body(message: &str, class: &str, param: &str, code: &str) -> String {
    let word = |word: &str| if word.is_empty() { json!(null) } else { json!(word) };
    let (class, param, code) = (word(class), word(param), word(code));
    json!({"error": {"message": message, "type": class, "param": param, "code": code}}).to_string()
}

async fn check(status: u16, body: &str, kind: Kind, execution: Execution) {
    let error = error(status, JSON, body).await;
    assert_eq!((error.kind(), error.execution()), (kind, execution), "{status} {body}: {error}");
}

fn after(seconds: f64) -> Retry {
    Retry::After(Duration::from_secs_f64(seconds))
}

#[tokio::test]
async fn codes_and_statuses_name_the_kind() {
    use Execution::{Maybe, Rejected};
    let request = "invalid_request_error";
    let rows = [
        (400, request, "", Kind::InvalidRequest, Rejected),
        (400, request, "context_length_exceeded", Kind::ContextLength, Rejected),
        (400, request, "unsupported_parameter", Kind::UnsupportedParam, Rejected),
        (400, request, "unknown_parameter", Kind::UnsupportedParam, Rejected),
        (400, request, "unsupported_value", Kind::UnsupportedParam, Rejected),
        (400, request, "content_policy_violation", Kind::ContentPolicy, Rejected),
        (400, request, "invalid_function_parameters", Kind::InvalidRequest, Rejected),
        (401, request, "invalid_api_key", Kind::UpstreamAuth, Rejected),
        (403, request, "unsupported_country_region_territory", Kind::RegionBlocked, Rejected),
        (403, request, "", Kind::UpstreamForbidden, Rejected),
        (404, request, "model_not_found", Kind::ModelNotFound, Rejected),
        (404, request, "unknown_url", Kind::UpstreamMisconfigured, Rejected),
        (408, "", "", Kind::UpstreamTimeout, Maybe),
        (409, "", "", Kind::Conflict, Rejected),
        (413, request, "", Kind::PayloadTooLarge, Rejected),
        (422, request, "", Kind::Unprocessable, Rejected),
        (429, "requests", "rate_limit_exceeded", Kind::RateLimited, Rejected),
        (429, "tokens", "rate_limit_exceeded", Kind::RateLimited, Rejected),
        (429, "", "slow_down", Kind::RateLimited, Rejected),
        (500, "server_error", "", Kind::UpstreamServer, Maybe),
        (502, "", "", Kind::BadGateway, Maybe),
        (503, "service_unavailable_error", "server_is_overloaded", Kind::Overloaded, Rejected),
        (504, "", "", Kind::UpstreamTimeout, Maybe),
        (529, "", "", Kind::Overloaded, Rejected),
        (599, "", "", Kind::Unexpected, Maybe),
    ];
    for (status, class, code, kind, execution) in rows {
        check(status, &body("No.", class, "", code), kind, execution).await;
    }
}

#[tokio::test]
async fn the_whole_quota_family_is_no_rate_limit() {
    for code in [
        "insufficient_quota",
        "credit_balance_exhausted",
        "organization_spend_limit_exceeded",
        "project_spend_limit_exceeded",
        "organization_usage_limit_exceeded",
    ] {
        let headers = format!("{JSON}x-ratelimit-reset-requests: 1s\r\n");
        let error = error(429, &headers, &body("No.", "insufficient_quota", "", code)).await;
        assert_eq!((error.kind(), error.retry()), (Kind::QuotaExhausted, None), "{code}");
    }
    let message = "You exceeded your current quota, please check your plan and billing details.";
    check(429, &body(message, "", "", ""), Kind::QuotaExhausted, Execution::Rejected).await;
}

#[tokio::test]
async fn a_limit_that_names_no_wait_ends_with_its_reset() {
    let limited = body("Slow down", "requests", "", "rate_limit_exceeded");
    let check = async |headers: &str, expected: Option<Retry>| {
        let error = error(429, &format!("{JSON}{headers}"), &limited).await;
        assert_eq!((error.kind(), error.retry()), (Kind::RateLimited, expected), "{headers}");
    };
    let limits = |requests: (&str, &str), tokens: (&str, &str)| {
        format!(
            "x-ratelimit-remaining-requests: {}\r\nx-ratelimit-reset-requests: {}\r\n\
             x-ratelimit-remaining-tokens: {}\r\nx-ratelimit-reset-tokens: {}\r\n",
            requests.0, requests.1, tokens.0, tokens.1
        )
    };
    check("", None).await;
    check(&limits(("0", "6m0s"), ("100", "1s")), Some(after(360.0))).await;
    check(&limits(("59", "6m0s"), ("0", "12ms")), Some(after(0.012))).await;
    check(&limits(("0", "1s"), ("0", "6m0s")), Some(after(360.0))).await;
    check(&limits(("59", "6m0s"), ("100", "1s")), Some(after(1.0))).await;
    check(&limits(("0", "-1"), ("100", "2s")), Some(after(2.0))).await;
    check(&limits(("0", "-1"), ("0", "0")), None).await;
    check("x-ratelimit-reset-tokens: 2m59.56s\r\n", Some(after(179.56))).await;
    // What is said of this answer comes first.
    check(&format!("retry-after: 2\r\n{}", limits(("0", "6m0s"), ("0", "1s"))), Some(after(2.0)))
        .await;
    check("retry-after-ms: 700\r\nx-ratelimit-reset-tokens: 9s\r\n", Some(after(0.7))).await;
    let never = "x-should-retry: false\r\nx-ratelimit-reset-tokens: 9s\r\n";
    check(never, Some(Retry::Never)).await;
    check("x-should-retry: true\r\nx-ratelimit-reset-tokens: 9s\r\n", Some(after(9.0))).await;
    // The headers stand on every answer and mean nothing on others.
    let error = error(500, &format!("{JSON}x-ratelimit-reset-requests: 1s\r\n"), &limited).await;
    assert_eq!(error.retry(), None);
}

#[tokio::test]
async fn a_request_larger_than_a_minutes_limit_is_not_tried_again() {
    let message = "Request too large for gpt-4 in organization org-1 on tokens per min (TPM): \
                   Limit 10000, Requested 12000.";
    // OpenAI says 429, Groq says 413.
    for status in [429, 413] {
        let body = body(message, "tokens", "", "rate_limit_exceeded");
        let error = error(status, &format!("{JSON}retry-after: 1\r\n"), &body).await;
        assert_eq!((error.kind(), error.retry()), (Kind::RateLimited, Some(Retry::Never)));
    }
}

#[tokio::test]
async fn an_address_without_the_api_is_told_from_a_missing_model() {
    let page = "<html><body>404</body></html>";
    let url = body("Invalid URL (POST /v1/v1/chat/completions)", "invalid_request_error", "", "");
    let unknown = body("Unknown request URL: POST /chat/completions.", "", "", "unknown_url");
    let rows = [
        (404, page),
        (404, "404 page not found"),
        (404, &url),
        (404, &unknown),
        (404, r#"{"detail":"Not Found"}"#),
        (405, r#"{"detail":"Method Not Allowed"}"#),
        (404, r#"{"error":{"code":404,"message":"File Not Found","type":"not_found_error"}}"#),
        (200, r#"{"error":"Unexpected endpoint or method. (POST /chat/completions)"}"#),
    ];
    for (status, body) in rows {
        let error = error(status, "", body).await;
        assert_eq!(error.kind(), Kind::UpstreamMisconfigured, "{body}");
        assert!(error.message().starts_with("no such API at this address, check base_url"));
    }
    let upstream = Upstream::answering(404, "", page);
    let say = async |path: &str| {
        let provider = OpenAi::new(upstream.config(path)).unwrap();
        let models = provider.models().await.unwrap_err().message().to_owned();
        let chat = provider.chat(&MODEL.into(), ChatRequest::from("Hello")).await.unwrap_err();
        assert_eq!(chat.message(), models);
        models
    };
    let said = "no such API at this address, check base_url";
    assert_eq!(say("/v1").await, said);
    assert_eq!(say("/v1/v1").await, format!("{said}; base_url: it holds /v1 twice"));
    assert_eq!(say("").await, format!("{said}; base_url: it mostly ends with /v1"));
    // A web page where the API is expected.
    let upstream = Upstream::answering(200, "content-type: text/html\r\n", page);
    let provider = OpenAi::new(upstream.config("")).unwrap();
    let error = provider.chat(&MODEL.into(), ChatRequest::from("Hello")).await.unwrap_err();
    assert_eq!(error.kind(), Kind::NotJson);
    assert!(error.message().ends_with("base_url: it mostly ends with /v1"), "{error}");
    for message in ["The model `gpt-9` does not exist or you do not have access to it.", "No."] {
        let body = body(message, "invalid_request_error", "", "");
        check(404, &body, Kind::ModelNotFound, Execution::Rejected).await;
    }
}

#[tokio::test]
async fn a_refused_tool_is_named() {
    let tools = ["look_up", "send_mail"].map(|name| Tool::new(name, json!({"type": "string"})));
    let request = ChatRequest::from("Hello").with_tools(tools);
    let ask = async |body: &str, streamed: bool| {
        let provider = Upstream::json(400, body).openai();
        if streamed {
            return provider.stream(&MODEL.into(), request.clone()).await.err().unwrap();
        }
        provider.chat(&MODEL.into(), request.clone()).await.unwrap_err()
    };
    let class = "invalid_request_error";
    let place = "tools[1].function.parameters";
    let unnamed = body("Invalid schema", class, place, "invalid_function_parameters");
    for streamed in [false, true] {
        let error = ask(&unnamed, streamed).await;
        assert_eq!(error.kind(), Kind::InvalidRequest);
        assert_eq!(
            error.message(),
            "Invalid schema (param tools[1].function.parameters); tools[1] is `send_mail`"
        );
    }
    let named = body("Invalid schema for function 'send_mail': no.", class, place, "");
    let error = ask(&named, false).await;
    assert!(error.message().ends_with("(param tools[1].function.parameters)"), "{error}");
    // FastAPI writes the place as a list.
    let detail = r#"{"detail":[{"type":"x","loc":["body","tools",0,"function"],"msg":"Bad"}]}"#;
    let error = ask(detail, false).await;
    assert_eq!(error.message(), "Bad (param tools.0.function); tools[0] is `look_up`");
    for odd in ["tools[9].function", "tools", "tools[x]", "toolset[1]"] {
        let error = ask(&body("No", class, odd, ""), false).await;
        assert_eq!(error.message(), format!("No (param {odd})"));
    }
}

#[tokio::test]
async fn images_to_a_model_that_sees_none_are_an_unsupported_parameter() {
    let picture = Part::Image(Image::base64("image/png", "iVBORw0KGgo="));
    let request = ChatRequest::new([Message::user_parts([picture])]);
    let openai = body(
        "Invalid content type. image_url is only supported by certain models.",
        "invalid_request_error",
        "messages.[0].content.[0].type",
        "",
    );
    let rows = [
        (400, openai.as_str()),
        // vLLM.
        (400, r#"{"object":"error","message":"a/b is not a multimodal model None","code":400}"#),
        (400, r#"{"error":{"message":"At most 0 image(s) may be provided in one prompt."}}"#),
        // llama.cpp.
        (500, r#"{"error":{"code":500,"message":"image input is not supported by this server"}}"#),
        (
            500,
            r#"{"error":{"code":500,"message":"image input is not supported - hint: if this is unexpected, you may need to provide the mmproj","type":"server_error"}}"#,
        ),
    ];
    for (status, body) in rows {
        let provider = Upstream::json(status, body).compatible();
        let error = provider.chat(&MODEL.into(), request.clone()).await.unwrap_err();
        assert_eq!(error.kind(), Kind::UnsupportedParam, "{body}");
    }
}

#[tokio::test]
async fn a_server_without_stream_options_says_so_and_can_be_spared_them() {
    // Azure, Mistral, FastAPI with strict models.
    let rows = [
        (
            400,
            r#"{"error":{"code":400,"message":"Validation error at #/stream_options: Extra inputs are not permitted"}}"#,
        ),
        (
            400,
            r#"{"error":{"message":"Unrecognized request argument supplied: stream_options","type":"invalid_request_error","param":null,"code":null}}"#,
        ),
        (
            422,
            r#"{"detail":[{"type":"extra_forbidden","loc":["body","stream_options","include_usage"],"msg":"Extra inputs are not permitted","input":true}]}"#,
        ),
        (
            422,
            r#"{"object":"error","message":{"detail":[{"type":"extra_forbidden","loc":["body","stream_options"],"msg":"Extra inputs are not permitted"}]},"type":"invalid_request_error","code":null}"#,
        ),
    ];
    for (status, body) in rows {
        let error = Upstream::json(status, body).stream().await.unwrap_err();
        assert_eq!(error.kind(), Kind::UnsupportedParam, "{body}");
        assert!(error.message().contains("stream_options"), "{error}");
        let advice = "; set stream_options to null in the model's extra_body";
        assert!(error.message().ends_with(advice), "{error}");
    }
    let upstream = Upstream::events("data: [DONE]\n\n");
    let request = ChatRequest::from("Hello").with_extra("stream_options", json!(null));
    drop(upstream.compatible().stream(&MODEL.into(), request).await);
    assert!(upstream.body().get("stream_options").is_none(), "{}", upstream.body());
}

#[tokio::test]
async fn b26_an_error_inside_a_success_is_that_error() {
    let limited = body("Slow down", "requests", "", "rate_limit_exceeded");
    for body in [
        limited.as_str(),
        r#"{"id":null,"choices":null,"error":{"code":"429","message":"Slow down"}}"#,
        r#"{"choices":[],"error":{"code":429,"message":"Slow down"}}"#,
    ] {
        check(200, body, Kind::RateLimited, Execution::Rejected).await;
        let streamed = Upstream::events(&data(body)).stream().await.unwrap_err();
        assert_eq!(streamed.kind(), Kind::RateLimited, "{body}");
    }
}
