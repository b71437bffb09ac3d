//! OpenAI's own description of its API, where a copy of it is at hand.

use std::{fs, path::PathBuf};

use llm_core::{FinishReason, Provider};
use serde_json::Value;

use crate::{
    requests::rich,
    upstream::{MODEL, Upstream, data},
};

/// Reads the description, or says why the test is skipped.
#[expect(clippy::disallowed_methods, reason = "a test may ask where its data is")]
fn reference() -> Option<String> {
    let Ok(folder) = std::env::var("LLM_REFERENCE_DATA") else {
        println!("skipped: LLM_REFERENCE_DATA is not set");
        return None;
    };
    let path = PathBuf::from(folder).join("openapi/openai-openapi.yaml");
    match fs::read_to_string(&path) {
        Ok(text) => Some(text),
        Err(error) => {
            println!("skipped: {} cannot be read: {error}", path.display());
            None
        }
    }
}

/// The lines of a schema or of a path, which stand deeper than its heading.
fn section<'a>(api: &'a str, heading: &'a str) -> impl Iterator<Item = &'a str> {
    let depth = heading.len() - heading.trim_start().len();
    let lines = api.lines().skip_while(move |line| *line != heading).skip(1);
    lines.take_while(move |line| {
        line.trim().is_empty() || line.len() - line.trim_start().len() > depth
    })
}

/// The names of a schema's properties, which stand at one of two depths.
fn properties<'a>(api: &'a str, heading: &'a str) -> Vec<&'a str> {
    let fields = section(api, heading).filter_map(|line| {
        let depth = line.len() - line.trim_start().len();
        line.trim().strip_suffix(':').filter(|_| depth == 8 || depth == 12)
    });
    fields.collect()
}

#[tokio::test]
async fn every_field_sent_is_one_openai_knows() {
    let Some(api) = reference() else { return };
    let known = [
        "    CreateChatCompletionRequest:",
        "    CreateModelResponseProperties:",
        "    ModelResponseProperties:",
    ];
    let known: Vec<_> = known.into_iter().flat_map(|schema| properties(&api, schema)).collect();
    let end = r#"{"choices":[{"delta":{"content":"Hi"},"finish_reason":"stop"}]}"#;
    let upstream = Upstream::events(&data(end));
    for provider in [upstream.openai(), upstream.compatible()] {
        let upstream = Upstream::events(&data(end));
        drop(provider.stream(&MODEL.into(), rich()).await.unwrap());
        let Value::Object(body) = upstream.body() else { panic!("the body is no object") };
        assert!(body.len() > 15, "{body:?}");
        for field in body.keys() {
            assert!(known.contains(&field.as_str()), "{field} is not among {known:?}");
        }
    }
}

/// The examples of a path's answers: each is a block under `response`.
fn examples(api: &str, path: &str) -> Vec<String> {
    let lines: Vec<_> = section(api, path).collect();
    let mut examples = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        if !line.trim_start().starts_with("response: ") {
            continue;
        }
        let depth = line.len() - line.trim_start().len();
        let block = lines[at + 1..].iter().take_while(|line| {
            line.trim().is_empty() || line.len() - line.trim_start().len() > depth
        });
        examples.push(block.copied().collect::<Vec<_>>().join("\n"));
    }
    examples
}

#[tokio::test]
async fn every_example_of_an_answer_decodes() {
    let Some(api) = reference() else { return };
    let mut counts = (0, 0);
    // What can be asked of stored answers comes after the path's `post`.
    for example in examples(&api, "  /chat/completions:") {
        if example.contains("chat.completion.chunk") {
            let chunks = example.lines().map(str::trim).filter(|line| line.starts_with('{'));
            let answer = Upstream::events(&chunks.map(data).collect::<String>()).streamed().await;
            assert_eq!(answer.text(), "Hello");
            counts.1 += 1;
        } else if example.trim_start().starts_with("{\n")
            && example.contains(r#""choices": ["#)
            && !example.contains(r#""object": "list""#)
        {
            let upstream = Upstream::json(200, &example);
            let answer = upstream.chat().await.unwrap_or_else(|error| panic!("{error}: {example}"));
            assert!(answer.usage.is_some_and(|usage| usage.total_tokens.is_some()), "{example}");
            assert!(!matches!(answer.finish_reason, Some(FinishReason::Other(_))), "{example}");
            counts.0 += 1;
        }
    }
    println!("{} whole answers, {} streams", counts.0, counts.1);
    assert!(counts.0 >= 4 && counts.1 >= 1, "{counts:?}");
    // The example has a comma too many.
    let models: String = examples(&api, "  /models:").remove(0).split_whitespace().collect();
    let models = models.replace("},]", "}]");
    let models = Upstream::json(200, &models).openai().models().await.unwrap();
    assert_eq!(models[0].id, "model-id-0");
    assert_eq!(models[2].expires.as_deref(), Some("2026-10-23"));
}

#[tokio::test]
async fn every_finish_reason_is_known() {
    let Some(api) = reference() else { return };
    for schema in ["    CreateChatCompletionResponse:", "    CreateChatCompletionStreamResponse:"] {
        let lines = section(&api, schema).skip_while(|line| line.trim() != "finish_reason:");
        let reasons = lines.skip_while(|line| line.trim() != "enum:").skip(1);
        let reasons: Vec<_> = reasons.map_while(|line| line.trim().strip_prefix("- ")).collect();
        assert!(reasons.len() >= 5, "{reasons:?}");
        for reason in reasons {
            let body = format!(
                r#"{{"choices":[{{"message":{{"content":"Hi"}},"finish_reason":"{reason}"}}]}}"#
            );
            let answer = Upstream::json(200, &body).chat().await.unwrap();
            assert!(!matches!(answer.finish_reason, Some(FinishReason::Other(_))), "{reason}");
        }
    }
}
