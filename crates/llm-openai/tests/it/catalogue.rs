//! The list of models, with what compatible servers add to it.

use llm_core::{ErrorKind, ModelInfo, Provider};

use crate::upstream::Upstream;

async fn list(body: &str) -> Vec<ModelInfo> {
    Upstream::json(200, body).compatible().models().await.unwrap()
}

/// Checks the first model's window, longest answer and eyes.
async fn check(body: &str, window: Option<u64>, longest: Option<u64>, images: Option<bool>) {
    let models = list(body).await;
    let known = &models[0].capabilities;
    assert_eq!(
        (known.context_window, known.max_output_tokens, known.images),
        (window, longest, images),
        "{body}"
    );
    assert_eq!(models[0].price, None, "what a model costs is not known from the list");
}

#[tokio::test]
async fn openai_tells_ids_and_when_a_model_ends() {
    let body = r#"{"object":"list","data":[
        {"id":"gpt-4o-mini","object":"model","created":1721172741,"owned_by":"system"},
        {"id":null},{"created":7},{"id":"o3","object":"model","shutdown_date":"2026-10-23"},
        {"id":"o4","shutdown_date":null}]}"#;
    let upstream = Upstream::json(200, body);
    let models = upstream.openai().models().await.unwrap();
    assert!(upstream.received()[0].head.starts_with("GET /v1/models HTTP/1.1\r\n"));
    let mut ends = ModelInfo::new("o3");
    ends.expires = Some("2026-10-23".to_owned());
    assert_eq!(models, [ModelInfo::new("gpt-4o-mini"), ends, ModelInfo::new("o4")]);
}

#[tokio::test]
async fn compatible_servers_tell_windows_under_many_names() {
    // vLLM.
    check(r#"{"data":[{"id":"a","root":"a","max_model_len":32768}]}"#, Some(32_768), None, None)
        .await;
    // llama.cpp: what it was started with counts, not what the model was trained for.
    let meta = r#"{"models":[{"name":"a","model":"a"}],"object":"list","data":[{"id":"a",
        "owned_by":"llamacpp","meta":{"vocab_type":true,"n_ctx":8192,"n_ctx_train":262144}}]}"#;
    check(meta, Some(8_192), None, None).await;
    let trained = r#"{"data":[{"id":"a","meta":{"vocab_type":2,"n_ctx_train":131072}}]}"#;
    check(trained, Some(131_072), None, None).await;
    // A model that llama.cpp has not loaded yet has no facts.
    check(r#"{"data":[{"id":"a","meta":null}]}"#, None, None, None).await;
    // LM Studio's own list.
    let sees =
        r#"{"data":[{"id":"a","type":"vlm","state":"not-loaded","max_context_length":32768}]}"#;
    check(sees, Some(32_768), None, Some(true)).await;
    let loaded = r#"{"data":[{"id":"a","type":"llm","max_context_length":131072,
        "loaded_context_length":4096}]}"#;
    check(loaded, Some(4_096), None, Some(false)).await;
    // Groq.
    let groq = r#"{"data":[{"id":"a","active":true,"context_window":131072,
        "max_completion_tokens":32768}]}"#;
    check(groq, Some(131_072), Some(32_768), None).await;
    // Together: a bare list, whose prices are for a million tokens.
    let together = r#"[{"id":"a","type":"chat","display_name":"Model A","context_length":4096,
        "pricing":{"input":0.2,"output":0.2}}]"#;
    check(together, Some(4_096), None, None).await;
    assert_eq!(list(together).await[0].name.as_deref(), Some("Model A"));
    // What makes no sense is unknown.
    for odd in ["0", "-1", "\"many\"", "null", "[]"] {
        let body = format!(r#"{{"data":[{{"id":"a","max_model_len":{odd},"meta":7}}]}}"#);
        check(&body, None, None, None).await;
    }
}

#[tokio::test]
async fn a_list_that_cannot_be_read_is_an_error() {
    for body in ["{}", "7", r#"{"data":[{"name":"no id"}]}"#, r#"{"data":{}}"#, r#"["a"]"#] {
        let error = Upstream::json(200, body).openai().models().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::MalformedResponse, "{body}");
        assert_eq!(error.provider().unwrap(), &"openai");
    }
    let body = r#"{"error":{"message":"No key","code":"invalid_api_key"}}"#;
    let upstream = Upstream::answering(401, "x-request-id: req-1\r\n", body);
    let error = upstream.compatible().models().await.unwrap_err();
    assert_eq!((error.kind(), error.model()), (ErrorKind::UpstreamAuth, None));
    assert_eq!(error.request_id(), Some("req-1"));
}
