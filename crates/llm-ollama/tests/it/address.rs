//! Where the server is.

use llm_core::{ChatRequest, ErrorKind, Provider};
use llm_ollama::{Ollama, OllamaConfig};

use crate::{
    requests::ANSWER,
    upstream::{MODEL, Upstream},
};

#[tokio::test]
async fn what_people_write_behind_the_address_is_read_over() {
    let upstream = Upstream::json(200, ANSWER);
    let address = upstream.config().connection.base_url;
    for (written, path) in [
        ("", "/api/chat"),
        ("/", "/api/chat"),
        ("/v1", "/api/chat"),
        ("/v1/", "/api/chat"),
        ("/api", "/api/chat"),
        ("/api//", "/api/chat"),
        ("/ollama", "/ollama/api/chat"),
        ("/ollama/v1", "/ollama/api/chat"),
        ("/v1?team=blue", "/api/chat?team=blue"),
    ] {
        let upstream = Upstream::json(200, ANSWER);
        let config = upstream.config().with_base_url(format!(" {address}{written}"));
        let provider = Ollama::new(config).unwrap();
        provider.chat(&MODEL.into(), ChatRequest::from("Hello")).await.unwrap();
        assert_eq!(upstream.received()[0].path(), path, "{written}");
    }
}

#[test]
fn an_address_that_can_be_read_in_two_ways_is_refused_with_what_to_write() {
    let check = |base_url: &str, expected: &str| {
        let config = OllamaConfig::default().with_base_url(base_url);
        let error = Ollama::new(config).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UpstreamMisconfigured);
        let error = error.to_string();
        assert!(error.starts_with("ollama: ") && error.contains(expected), "{base_url}: {error}");
        assert!(!error.contains("canary"), "{error}");
    };
    for path in ["/v1/v1", "/api/v1", "/v1/api", "/api/api"] {
        check(&format!("http://canary:11434{path}"), "more than one of /api and /v1");
    }
    for path in ["/api/chat", "/api/tags/", "/v1/chat/completions", "/v1/models"] {
        check(&format!("http://canary:11434{path}"), "http://localhost:11434");
    }
    for base_url in ["", "canary", "canary:11434", "ftp://canary", "http://canary@host"] {
        check(base_url, "base_url");
    }
}

#[test]
fn the_default_is_this_machine_without_a_key() {
    let config = OllamaConfig::default();
    assert_eq!(config.connection.base_url, "http://localhost:11434");
    assert!(config.api_key.is_none());
    assert_eq!(Ollama::new(config).unwrap().id(), &"ollama");
}

#[test]
fn a_key_or_header_no_call_can_carry_is_refused() {
    let check = |config: OllamaConfig, expected: &str| {
        let error = Ollama::new(config).unwrap_err().to_string();
        assert!(error.contains(expected) && !error.contains("canary"), "{error}");
    };
    check(OllamaConfig::default().with_api_key(""), "api_key is empty");
    check(OllamaConfig::default().with_api_key("canary\n"), "line break");
    check(OllamaConfig::default().with_header("bad name", "canary"), "header");
}
