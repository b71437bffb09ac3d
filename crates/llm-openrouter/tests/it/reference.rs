//! OpenRouter's own description of its API, where a copy of it is at hand.

use std::{fs, path::PathBuf, sync::Arc};

use llm_core::{
    ChatRequest, ErrorKind, Provider, Reasoning, ResponseFormat, Sampling, Tool, ToolChoice,
};
use llm_openrouter::{OpenRouter, ProviderPreferences};
use serde_json::{Value, json};

use crate::upstream::{MODEL, Upstream};

/// Reads a file of the description, or says why the test is skipped.
#[expect(clippy::disallowed_methods, reason = "a test may ask where its data is")]
fn reference(file: &str) -> Option<String> {
    let Ok(folder) = std::env::var("LLM_REFERENCE_DATA") else {
        println!("skipped: LLM_REFERENCE_DATA is not set");
        return None;
    };
    let path = PathBuf::from(folder).join("openapi").join(file);
    match fs::read_to_string(&path) {
        Ok(text) => Some(text),
        Err(error) => {
            println!("skipped: {} cannot be read: {error}", path.display());
            None
        }
    }
}

/// The names of a schema's properties.
fn properties<'a>(api: &'a str, schema: &str) -> Vec<&'a str> {
    let heading = format!("    {schema}:");
    let lines = api.lines().skip_while(|line| *line != heading).skip(1);
    let schema = lines.take_while(|line| line.starts_with("     "));
    let names = schema.filter_map(|line| line.strip_prefix("        ")?.strip_suffix(':'));
    names.filter(|name| !name.starts_with(' ')).collect()
}

#[tokio::test]
async fn every_field_sent_is_one_openrouter_knows() {
    let Some(api) = reference("openrouter-openapi.yaml") else { return };
    let upstream = Upstream::json(200, r#"{"choices":[{"message":{"content":"Hi"}}]}"#);
    let config = upstream
        .config()
        .with_provider_preferences(ProviderPreferences::default())
        .with_fallback_models(vec!["acme/spare-8b".into()]);
    let mut request = ChatRequest::from("Hello")
        .with_tools([Tool::new("look_up", json!({"type": "object"}))])
        .with_tool_choice(ToolChoice::Auto)
        .with_response_format(ResponseFormat::JsonObject)
        .with_reasoning(Reasoning::effort("low"))
        .with_sampling(Sampling {
            temperature: Some(0.0),
            top_p: Some(1.0),
            top_k: Some(1),
            frequency_penalty: Some(0.0),
            presence_penalty: Some(0.0),
            max_tokens: Some(1),
            stop: Arc::new(["END".to_owned()]),
            seed: Some(1),
        });
    request.parallel_tool_calls = Some(true);
    request.user = Some("user-7".to_owned());
    Arc::make_mut(&mut request.metadata).insert("run".to_owned(), "42".to_owned());
    OpenRouter::new(config).unwrap().chat(&MODEL.into(), request).await.unwrap();
    let known = properties(&api, "ChatRequest");
    let Value::Object(body) = upstream.body() else { panic!("the body is no object") };
    assert!(body.len() > 15, "{body:?}");
    for field in body.keys() {
        assert!(known.contains(&field.as_str()), "{field} is not among {known:?}");
    }
}

#[tokio::test]
async fn every_documented_availability_code_is_known() {
    let Some(text) = reference("openrouter-errors-and-debugging.mdx") else { return };
    let rows = text.lines().skip_while(|line| !line.starts_with("| `availability.code`")).skip(2);
    let rows = rows.map_while(|line| line.strip_prefix("| `")?.split('`').next());
    let codes: Vec<_> = rows.collect();
    assert!(codes.len() >= 11, "{codes:?}");
    for code in codes {
        let body = json!({"error": {"message": "No.", "availability": {"code": code}}});
        let error = Upstream::json(500, &body.to_string()).chat().await.unwrap_err();
        assert_ne!(error.kind(), ErrorKind::UpstreamServer, "{code}");
    }
}
