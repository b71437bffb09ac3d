//! Every error Ollama is known to send, by what becomes of it.

use std::{net::TcpListener, time::Duration};

use llm_core::{ChatRequest, Error, ErrorKind as Kind, Execution, Provider, Retry};
use llm_ollama::{Ollama, OllamaConfig};
use serde_json::json;

use crate::upstream::{KEY, MODEL, Upstream};

const JSON: &str = "content-type: application/json\r\n";

async fn error(status: u16, headers: &str, body: &str) -> Error {
    let upstream = Upstream::answering(status, headers, body);
    let error = upstream.chat().await.unwrap_err();
    let streamed = upstream.stream().await.unwrap_err();
    assert_eq!(format!("{error:?}"), format!("{streamed:?}"), "asked for a stream");
    assert_eq!(error.provider().unwrap(), &"ollama");
    assert_eq!(error.model().unwrap(), &MODEL);
    let shown = format!("{error} {error:?}");
    for secret in [KEY, "127.0.0.1", "http://", "<html", "{\""] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
    error
}

async fn check(status: u16, words: &str, expected: (Kind, Option<Retry>, Execution)) -> Error {
    let error = error(status, JSON, &json!({ "error": words }).to_string()).await;
    let seen = (error.kind(), error.retry(), error.execution());
    assert_eq!(seen, expected, "{status} {words}: {error}");
    assert_eq!(error.status(), Some(status));
    error
}

#[tokio::test]
async fn the_words_say_what_the_status_does_not() {
    let rejected = Execution::Rejected;
    let never = Some(Retry::Never);
    for (status, words, kind, retry, execution) in [
        (
            400,
            "registry.ollama.ai/library/swift:8b does not support tools",
            Kind::UnsupportedParam,
            None,
            rejected,
        ),
        (400, "\"swift:8b\" does not support thinking", Kind::UnsupportedParam, None, rejected),
        (400, "\"embed:1b\" does not support chat", Kind::UnsupportedParam, None, rejected),
        (400, "this model does not support images", Kind::UnsupportedParam, None, rejected),
        (
            400,
            "this model is missing data required for image input",
            Kind::UnsupportedParam,
            None,
            rejected,
        ),
        (
            400,
            "think value \"low\" is not supported for this model",
            Kind::UnsupportedParam,
            None,
            rejected,
        ),
        (400, "invalid think value: \"hard\"", Kind::UnsupportedParam, None, rejected),
        (400, "model is required", Kind::InvalidRequest, None, rejected),
        (
            400,
            "json: cannot unmarshal string into Go struct field",
            Kind::InvalidRequest,
            None,
            rejected,
        ),
        (400, "the input length exceeds the context length", Kind::ContextLength, None, rejected),
        (
            500,
            "prompt too long; exceeded max context length by 12 tokens",
            Kind::ContextLength,
            None,
            rejected,
        ),
        (401, "unauthorized", Kind::UpstreamAuth, None, rejected),
        (403, "this model requires a subscription", Kind::UpstreamForbidden, None, rejected),
        (429, "too many requests", Kind::RateLimited, None, rejected),
        (
            429,
            "you've reached your hourly usage limit, please upgrade to continue",
            Kind::QuotaExhausted,
            None,
            rejected,
        ),
        (
            503,
            "server busy, please try again.  maximum pending requests exceeded",
            Kind::Overloaded,
            None,
            rejected,
        ),
        (
            500,
            "model requires more system memory (5.6 GiB) than is available (3.1 GiB)",
            Kind::Overloaded,
            never,
            rejected,
        ),
        (
            500,
            "llama runner process has terminated: cudaMalloc failed: out of memory",
            Kind::Overloaded,
            None,
            rejected,
        ),
        (
            500,
            "timed out waiting for llama runner to start - progress 0.00 - ",
            Kind::UpstreamTimeout,
            None,
            Execution::Maybe,
        ),
        (
            500,
            "llama runner process has terminated: exit status 2",
            Kind::UpstreamServer,
            None,
            Execution::Maybe,
        ),
        (502, "upstream is gone", Kind::BadGateway, None, Execution::Maybe),
    ] {
        let error = check(status, words, (kind, retry, execution)).await;
        let first = words.split(' ').next().unwrap().trim_matches('"');
        assert!(error.message().contains(first), "{error}");
    }
}

#[tokio::test]
async fn a_model_that_is_not_there_comes_with_the_command_to_pull_it() {
    for words in [
        "model 'swift:8b' not found",
        "model \"swift:8b\" not found, try pulling it first",
        "model \"swift:8b\" not found",
    ] {
        let expected = (Kind::ModelNotFound, None, Execution::Rejected);
        let error = check(404, words, expected).await;
        let advice = "pull it with: ollama pull swift:8b";
        assert!(error.message().ends_with(advice), "{error}");
        assert!(error.message().contains("the server does not have the model"), "{error}");
    }
    // A name that would be more than a name in a shell stands in no command.
    let upstream = Upstream::json(404, r#"{"error":"model 'x' not found"}"#);
    for model in ["a; rm -rf ~", "$(x)", "-f"] {
        let asked = upstream.provider().chat(&model.into(), ChatRequest::from("Hello")).await;
        let error = asked.unwrap_err();
        assert_eq!(error.kind(), Kind::ModelNotFound);
        assert!(!error.message().contains("pull"), "{error}");
    }
}

#[tokio::test]
async fn a_server_that_does_not_run_comes_with_the_command_to_start_it() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let config = OllamaConfig::default().with_base_url(format!("http://{nobody}"));
    let provider = Ollama::new(config).unwrap();
    let (model, hello) = (MODEL.into(), ChatRequest::from("Hello"));
    let errors = [
        provider.chat(&model, hello.clone()).await.unwrap_err(),
        provider.stream(&model, hello).await.err().unwrap(),
        provider.models().await.unwrap_err(),
    ];
    for error in errors {
        assert_eq!((error.kind(), error.execution()), (Kind::ConnectRefused, Execution::NotSent));
        assert!(error.message().ends_with("start it with: ollama serve"), "{error}");
        assert!(!error.to_string().contains("127.0.0.1"), "{error}");
    }
}

#[tokio::test]
async fn the_status_decides_where_the_body_says_nothing() {
    for body in ["", "{\"er", "<html>canary</html>", "canary"] {
        for (status, kind) in [
            (400, Kind::InvalidRequest),
            (401, Kind::UpstreamAuth),
            (404, Kind::UpstreamMisconfigured),
            (413, Kind::PayloadTooLarge),
            (429, Kind::RateLimited),
            (500, Kind::UpstreamServer),
            (502, Kind::BadGateway),
            (503, Kind::Overloaded),
            (504, Kind::UpstreamTimeout),
            (302, Kind::UnexpectedRedirect),
        ] {
            let error = error(status, "", body).await;
            assert_eq!(error.kind(), kind, "{status} {body}");
            assert!(!error.to_string().contains("canary"), "{error}");
        }
    }
    // Another server's page of a path it does not know.
    let error = error(404, "content-type: text/plain\r\n", "404 page not found").await;
    assert_eq!(error.kind(), Kind::UpstreamMisconfigured);
}

#[tokio::test]
async fn a_prompt_that_does_not_fit_says_by_how_much_and_what_helps() {
    let runner = json!({"error": {"code": 400, "type": "exceed_context_size_error",
        "message": "request (8889 tokens) exceeds the available context size (4096 tokens)"}});
    let expected = (Kind::ContextLength, None, Execution::Rejected);
    let error = check(400, &runner.to_string(), expected).await;
    let message = error.message();
    assert!(message.contains("8889 tokens") && message.ends_with("under `options`"), "{error}");
}

#[tokio::test]
async fn a_proxys_advice_on_trying_again_is_kept() {
    let body = r#"{"error":"server busy, please try again."}"#;
    let waiting = error(503, &format!("{JSON}retry-after: 7\r\n"), body).await;
    assert_eq!(waiting.retry(), Some(Retry::After(Duration::from_secs(7))));
    let body = r#"{"error":{"message":"Slow down","type":"rate_limit_error"}}"#;
    let limited =
        error(429, &format!("{JSON}x-request-id: req-1\r\nretry-after: 2\r\n"), body).await;
    assert_eq!((limited.kind(), limited.request_id()), (Kind::RateLimited, Some("req-1")));
    assert_eq!(limited.retry(), Some(Retry::After(Duration::from_secs(2))));
}
