//! A request: cheap to clone, honest about its size.

use std::sync::Arc;

use llm_core::{
    AssistantMessage, ChatRequest, Image, Message, Part, Reasoning, ResponseFormat, Sampling, Tool,
    ToolCall, ToolChoice,
};
use serde_json::json;

fn full() -> ChatRequest {
    ChatRequest::new([Message::user("What is Rust?")])
        .with_tools([Tool::new("look", json!({"type": "object"})).with_strict(true)])
        .with_tool_choice(ToolChoice::Required)
        .with_response_format(ResponseFormat::JsonObject)
        .with_max_tokens(64)
        .with_temperature(0.5)
        .with_reasoning(Reasoning::effort("low"))
        .with_extra("transforms", json!([]))
}

#[test]
fn a_clone_shares_what_is_large() {
    let request = full();
    let clone = request.clone();
    assert!(Arc::ptr_eq(&request.messages, &clone.messages));
    assert!(Arc::ptr_eq(&request.tools, &clone.tools));
    assert!(Arc::ptr_eq(&request.extras, &clone.extras));
    assert!(Arc::ptr_eq(&request.metadata, &clone.metadata));
    assert_eq!(request, clone);
}

#[test]
fn changing_a_clone_leaves_the_original_alone() {
    let request = full();
    let changed = request.clone().with_extra("seed", 7).with_system("Be brief.");
    assert_eq!(request, full());
    assert_eq!((changed.extras.len(), request.extras.len()), (2, 1));
    assert_eq!((changed.messages.len(), request.messages.len()), (2, 1));
    assert_eq!(changed.messages[0], Message::system("Be brief."));
}

#[test]
fn a_prompt_alone_is_a_request() {
    let expected = ChatRequest::new([Message::user("Hi")]);
    assert_eq!(ChatRequest::from("Hi"), expected);
    assert_eq!(ChatRequest::from("Hi".to_owned()), expected);
    assert_eq!(expected.sampling, Sampling::default());
}

#[test]
fn sampling_takes_defaults_only_where_nothing_is_set() {
    let set = Sampling {
        temperature: Some(0.0),
        max_tokens: Some(0),
        stop: [String::new()].into(),
        ..Sampling::default()
    };
    let defaults = Sampling {
        temperature: Some(1.0),
        top_p: Some(0.9),
        top_k: Some(40),
        frequency_penalty: Some(0.1),
        presence_penalty: Some(0.2),
        max_tokens: Some(512),
        stop: ["END".to_owned()].into(),
        seed: Some(7),
    };
    let expected = Sampling {
        temperature: Some(0.0),
        max_tokens: Some(0),
        stop: [String::new()].into(),
        ..defaults.clone()
    };
    assert_eq!(set.clone().or(&defaults), expected);
    assert_eq!(Sampling::default().or(&defaults), defaults);
    assert_eq!(set.clone().or(&Sampling::default()), set);
}

#[test]
fn images_are_seen_in_any_message() {
    let image = Message::user_parts([Part::from("Look"), Image::url("data:,").into()]);
    assert!(!full().has_images());
    assert!(ChatRequest::new([Message::system("Be brief."), image]).has_images());
}

#[test]
fn a_request_is_blank_when_no_message_says_anything() {
    assert!(ChatRequest::default().is_blank());
    assert!(ChatRequest::from(" \n\t").is_blank());
    assert!(!ChatRequest::from("a").is_blank());
    let image = Part::from(Image::base64("image/png", "AAAA"));
    assert!(!ChatRequest::new([Message::user_parts([image])]).is_blank());
}

/// The window of a model is compared with this: what is sent but not counted would overflow it.
#[test]
fn the_length_counts_whatever_the_model_has_to_read() {
    assert_eq!(ChatRequest::from("日本語😀").text_length(), 4);
    let tokens = |prompt: &str| ChatRequest::from(prompt).estimated_tokens();
    assert_eq!([tokens(""), tokens("日"), tokens("日本語😀"), tokens("word ")], [0, 1, 1, 2]);

    let tool = Tool::new("look", json!({}));
    let described = tool.clone().with_description("finds it");
    let length = |tool| ChatRequest::default().with_tools([tool]).text_length();
    assert_eq!(length(tool), 6);
    assert_eq!(length(described), 14);

    let call = ToolCall {
        id: "call_1".to_owned(),
        name: "look".to_owned(),
        arguments: "{\"a\":1}".to_owned(),
    };
    let turn = AssistantMessage { tool_calls: vec![call], ..AssistantMessage::default() };
    assert_eq!(ChatRequest::new([Message::Assistant(turn)]).text_length(), 11);
}
