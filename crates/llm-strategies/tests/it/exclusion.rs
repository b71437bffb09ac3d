//! Who is left out before anything is sent, and why.

use llm_core::{
    ChatRequest, ErrorKind, ExclusionReason, Image, Message, Part, ResponseFormat, Tool,
};
use llm_strategies::{CallOptions, Fallback, Target};
use llm_testkit::fakes::Step;

use crate::support::*;

async fn check(request: ChatRequest, change: impl FnOnce(&mut Target), reason: &str) {
    let provider =
        scripted([("weak", vec![Step::answer("never")]), ("able", vec![Step::answer("{}")])]);
    let mut weak = target(&provider, "weak", Primary);
    change(&mut weak);
    let engine = engine_of([weak, target(&provider, "able", Reserve)]);
    let outcome = engine.generate(&Fallback, request, &CallOptions::default()).await.unwrap();
    assert_eq!(left_out(&outcome.history.excluded), format!("weak: {reason}"));
    assert_eq!(called(&provider), "able");
}

#[tokio::test(start_paused = true)]
async fn h04_whoever_cannot_serve_the_request_is_left_out_with_the_reason() {
    let plain = ChatRequest::from("Hi");
    let tools = plain.clone().with_tools([Tool::new("look", serde_json::json!({}))]);
    check(tools, |t| t.capabilities.tools = Some(false), "tools: the model calls no tools").await;

    let picture = Message::user_parts([Part::Image(Image::url("https://example.org/cat.png"))]);
    let image = ChatRequest::new([picture]);
    check(image, |t| t.capabilities.images = Some(false), "images: the model takes no images")
        .await;

    let no_json = "json_mode: the model has no JSON mode";
    let json = plain.clone().with_response_format(ResponseFormat::JsonObject);
    check(json, |t| t.capabilities.json_object = Some(false), no_json).await;
    let schema = ResponseFormat::JsonSchema {
        name: "answer".to_owned(),
        schema: serde_json::json!({}).into(),
        strict: true,
    };
    let schema = plain.clone().with_response_format(schema);
    check(schema, |t| t.capabilities.json_schema = Some(false), no_json).await;

    let long = ChatRequest::from("word ".repeat(400)).with_max_tokens(100);
    let too_small = "context_window: needs about 600 tokens, has 512";
    check(long, |t| t.capabilities.context_window = Some(512), too_small).await;

    let missing = ExclusionReason::MissingKey(Some("MOCK_KEY".to_owned()));
    check(plain.clone(), |t| t.provider = Err(missing), "missing_key: set MOCK_KEY").await;
    let disabled = "disabled: switched off in the configuration";
    check(plain, |t| t.provider = Err(ExclusionReason::Disabled), disabled).await;
}

#[tokio::test(start_paused = true)]
async fn unknown_capabilities_are_tried() {
    let provider = scripted([("unknown", vec![Step::answer("fine")])]);
    let engine = engine(&provider, &[("unknown", Primary)]);
    let tools = ChatRequest::from("Hi").with_tools([Tool::new("look", serde_json::json!({}))]);
    assert!(engine.generate(&Fallback, tools, &CallOptions::default()).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn with_nobody_left_the_error_lists_the_reasons_and_nobody_is_called() {
    let provider = scripted([("p", vec![Step::answer("never")])]);
    let mut keyless = target(&provider, "p", Primary);
    keyless.provider = Err(ExclusionReason::MissingKey(None));
    let error = ask(&engine_of([keyless])).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoUsableModel);
    assert_eq!(
        error.message(),
        "no configured model can serve the request; p: missing_key: set the provider's api_key"
    );
    assert_eq!((called(&provider).as_str(), error.attempts().len()), ("", 0));

    let mut small = target(&provider, "p", Primary);
    small.capabilities.context_window = Some(10);
    let long = ChatRequest::from("word ".repeat(100));
    // Whoever can never be called has no window to compare with.
    let mut keyless = target(&provider, "k", Primary);
    keyless.provider = Err(ExclusionReason::MissingKey(None));
    let engine = engine_of([small, keyless]);
    let error = engine.generate(&Fallback, long, &CallOptions::default()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ContextLength);
    assert_eq!(
        error.message(),
        "the prompt is larger than the window of every model: shorten it, or configure a model \
         with a larger one; p: context_window: needs about 125 tokens, has 10; \
         k: missing_key: set the provider's api_key"
    );
}
