//! The catalogue: what is on the server, and what each model can do.

use std::{
    io::Write,
    net::TcpListener,
    sync::{Arc, Condvar, Mutex},
    thread,
    time::Duration,
};

use llm_core::{ErrorKind, Provider};
use llm_ollama::{Ollama, OllamaConfig};
use llm_testkit::canned::{Received, receive};
use serde_json::{Value, json};

use crate::upstream::Upstream;

/// A server whose answer depends on what it is asked, each on a connection of its own.
fn serve(answer: impl Fn(&Received) -> Option<Value> + Send + Sync + 'static) -> Ollama {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    let answer = Arc::new(answer);
    thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let answer = Arc::clone(&answer);
            thread::spawn(move || {
                let Some(request) = receive(&connection) else { return };
                let (status, body) = match answer(&request) {
                    Some(body) => (200, body),
                    None => (500, json!({"error": "no"})),
                };
                let body = body.to_string();
                let length = body.len();
                let head = format!(
                    "HTTP/1.1 {status} Any\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n"
                );
                drop((&connection).write_all((head + &body).as_bytes()));
            });
        }
    });
    Ollama::new(OllamaConfig::default().with_base_url(base_url)).unwrap()
}

fn asked(request: &Received) -> String {
    let body: Value = serde_json::from_str(&request.body).unwrap_or_default();
    body["model"].as_str().unwrap_or_default().to_owned()
}

fn tags() -> Value {
    json!({"models": [
        {"name": "swift:8b", "model": "swift:8b", "size": 1, "details": {"family": "swift"}},
        {"name": "whole:1b", "details": {"context_length": 4096},
         "capabilities": ["completion", "tools"]},
        {"name": "embed:1b", "details": {}},
        {"name": "silent:1b", "details": {}},
        {"name": "far:120b", "remote_host": "https://example.com", "remote_model": "far",
         "details": {"context_length": 131_072}, "capabilities": ["completion", "thinking"]},
        {"model": "by-model:1b", "capabilities": []},
        {"name": null},
    ]})
}

fn show(request: &Received) -> Option<Value> {
    Some(match asked(request).as_str() {
        "swift:8b" => json!({
            "parameters": "temperature 0.7\nstop \"num_ctx 1\"\nnum_ctx                        8192",
            "capabilities": ["completion", "vision", "insert"],
            "model_info": {"general.architecture": "swift", "swift.context_length": 131_072,
                           "other.context_length": 1, "tokenizer.ggml.tokens": null},
        }),
        "embed:1b" => json!({"capabilities": ["embedding"]}),
        "by-model:1b" => json!({"model_info": {"old.context_length": 2048}}),
        _ => return None,
    })
}

#[tokio::test]
async fn the_catalogue_says_what_models_can_do() {
    let provider = serve(|request| match request.path() {
        "/api/tags" => Some(tags()),
        "/api/show" => show(request),
        _ => None,
    });
    let models = provider.models().await.unwrap();
    let facts: Vec<_> = models
        .iter()
        .map(|model| {
            assert_eq!(model.price, None, "what a machine costs is not known here");
            let can = &model.capabilities;
            assert_eq!(can.stop, can.json_schema, "both are the server's own doing");
            let wishes = (can.tools, can.images, can.reasoning, can.json_schema);
            (model.id.as_str(), can.context_window, wishes)
        })
        .collect();
    let (yes, no) = (Some(true), Some(false));
    assert_eq!(
        facts,
        [
            ("swift:8b", Some(8192), (no, yes, no, yes)),
            ("whole:1b", Some(4096), (yes, no, no, yes)),
            // It cannot be asked about, and is there all the same.
            ("silent:1b", None, (None, None, None, yes)),
            ("far:120b", Some(131_072), (no, no, yes, None)),
            ("by-model:1b", Some(2048), (None, None, None, yes)),
        ]
    );
}

#[tokio::test]
async fn models_of_which_all_is_said_are_not_asked_about() {
    let provider = serve(|request| {
        let all = json!({"models": [{"name": "a", "details": {"context_length": 1},
                                     "capabilities": ["completion"]}]});
        (request.path() == "/api/tags").then_some(all)
    });
    let models = provider.models().await.unwrap();
    assert_eq!(models[0].capabilities.tools, Some(false), "a list that is there is complete");
}

#[tokio::test]
async fn four_models_are_asked_about_at_a_time() {
    let running = Arc::new((Mutex::new((0, 0)), Condvar::new()));
    let counted = Arc::clone(&running);
    let provider = serve(move |request| {
        if request.path() == "/api/tags" {
            let names = (0..12).map(|number| json!({"name": format!("m{number}")}));
            return Some(json!({"models": names.collect::<Vec<_>>()}));
        }
        let (lock, changed) = &*counted;
        let mut counts = lock.lock().unwrap();
        counts.0 += 1;
        counts.1 = counts.1.max(counts.0);
        changed.notify_all();
        // The first ones are answered when as many have come as are expected.
        let limit = Duration::from_secs(10);
        let waited = changed.wait_timeout_while(counts, limit, |counts| counts.1 < 4);
        waited.unwrap().0.0 -= 1;
        Some(json!({"model_info": {"a.context_length": 1000}}))
    });
    let models = provider.models().await.unwrap();
    let names: Vec<_> = models.iter().map(|model| model.id.as_str().to_owned()).collect();
    assert_eq!(names, (0..12).map(|number| format!("m{number}")).collect::<Vec<_>>(), "in order");
    assert!(models.iter().all(|model| model.capabilities.context_window == Some(1000)));
    assert_eq!(running.0.lock().unwrap().1, 4);
}

#[tokio::test]
async fn a_catalogue_that_cannot_be_read_is_an_error() {
    for body in ["{}", "[]", r#"{"models":[{"size":1}]}"#, r#"{"models":{}}"#, "Ollama is running"]
    {
        let error = Upstream::json(200, body).provider().models().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::MalformedResponse, "{body}");
        assert_eq!(error.provider().unwrap(), &"ollama");
    }
    let error = Upstream::json(401, r#"{"error":"unauthorized"}"#).provider().models().await;
    let error = error.unwrap_err();
    assert_eq!((error.kind(), error.model()), (ErrorKind::UpstreamAuth, None));
    assert!(Upstream::json(200, r#"{"models":[]}"#).provider().models().await.unwrap().is_empty());
}
