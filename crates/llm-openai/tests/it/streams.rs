//! Streams as a user reads them, beside the whole answers they equal.

use std::{collections::VecDeque, time::SystemTime};

use llm_core::{ErrorKind as Kind, Execution, FinishReason};
use llm_http::{AnswerReader, Codec, Frame, SseParser};
use serde_json::json;

use crate::upstream::{Upstream, data, stream_of};

const USAGE: &str = r#"{"prompt_tokens":20,"completion_tokens":9,"total_tokens":29,"prompt_tokens_details":{"cached_tokens":4,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":3}}"#;

#[tokio::test]
async fn two_parallel_tool_calls_are_the_same_streamed_and_whole() {
    let usage =
        format!(r#"{{"id":"1","model":"m","choices":[],"usage":{USAGE},"obfuscation":"x"}}"#);
    let chunks = [
        r#"{"id":"1","model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"c1","type":"function","function":{"name":"weather","arguments":""}}]},"finish_reason":null}],"usage":null,"obfuscation":"ab"}"#,
        r#"{"id":"1","model":"m","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"city\":"}}]},"finish_reason":null}],"usage":null}"#,
        r#"{"id":"1","model":"m","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"\"Paris\"}"}}]},"finish_reason":null}]}"#,
        r#"{"id":"1","model":"m","choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"id":"c2","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Rome\"}"}}]},"finish_reason":null}]}"#,
        r#"{"id":"1","model":"m","choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}"#,
        &usage,
    ];
    let call = |id: &str, city: &str| {
        let arguments = json!({ "city": city }).to_string();
        json!({"id": id, "type": "function", "function": {"name": "weather", "arguments": arguments}})
    };
    let message = json!({"role": "assistant", "content": null, "refusal": null,
                         "tool_calls": [call("c1", "Paris"), call("c2", "Rome")]});
    let usage: serde_json::Value = serde_json::from_str(USAGE).unwrap();
    let whole = json!({"id": "1", "model": "m", "usage": usage, "system_fingerprint": null,
        "choices": [{"index": 0, "message": message, "logprobs": null, "finish_reason": "tool_calls"}]});
    let whole = Upstream::json(200, &whole.to_string()).chat().await.unwrap();
    assert_eq!(whole.message.tool_calls.len(), 2);
    assert_eq!(whole.usage.as_ref().unwrap().cached_input_tokens, Some(4));
    assert_eq!(Upstream::events(&stream_of(&chunks)).streamed().await, whole);
}

#[tokio::test]
async fn an_answer_by_a_schema_is_the_same_streamed_and_whole() {
    let chunks = [
        r#"{"choices":[{"index":0,"delta":{"role":"assistant","content":"","refusal":null},"finish_reason":null}]}"#,
        r#"{"choices":[{"index":0,"delta":{"content":"{\"answer\":"},"finish_reason":null}]}"#,
        r#"{"choices":[{"index":0,"delta":{"content":"42}"},"finish_reason":null}]}"#,
        r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#,
    ];
    let whole = r#"{"choices":[{"message":{"content":"{\"answer\":42}","refusal":null,"role":"assistant"},"finish_reason":"stop"}]}"#;
    let whole = Upstream::json(200, whole).chat().await.unwrap();
    assert_eq!(whole.text(), r#"{"answer":42}"#);
    assert_eq!(Upstream::events(&stream_of(&chunks)).streamed().await, whole);
    let refused = [
        r#"{"choices":[{"index":0,"delta":{"role":"assistant","refusal":"I can"}}]}"#,
        r#"{"choices":[{"index":0,"delta":{"refusal":"not"},"finish_reason":"stop"}]}"#,
    ];
    let answer = Upstream::events(&stream_of(&refused)).streamed().await;
    assert_eq!(answer.message.refusal.as_deref(), Some("I cannot"));
}

#[tokio::test]
async fn the_form_of_the_answer_does_not_matter() {
    let chunk = r#"{"choices":[{"delta":{"content":"Hi"},"finish_reason":"stop"}]}"#;
    let whole = r#"{"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]}"#;
    let answers = [
        Upstream::json(200, whole).streamed().await,
        Upstream::events(&stream_of(&[chunk])).chat().await.unwrap(),
        Upstream::answering(200, "", &stream_of(&[chunk])).streamed().await,
    ];
    for answer in answers {
        assert_eq!((&*answer.text(), answer.finish_reason), ("Hi", Some(FinishReason::Stop)));
    }
}

#[tokio::test]
async fn a_late_error_and_a_missing_end_are_no_success() {
    let begun = data(r#"{"choices":[{"delta":{"content":"a"}}]}"#);
    let failed = data(
        r#"{"error":{"message":"The server had an error","type":"server_error","param":null,"code":null}}"#,
    );
    let rows = [
        (begun.clone() + &failed, Kind::UpstreamMidError, Execution::Executed),
        (failed, Kind::UpstreamServer, Execution::Maybe),
        (begun.clone() + "data: [DONE]\n\n", Kind::StreamCut, Execution::Executed),
        (begun.clone() + "data: {\"choi", Kind::StreamCut, Execution::Executed),
        (begun, Kind::StreamCut, Execution::Executed),
        ("data: [DONE]\n\n".to_owned(), Kind::StreamCut, Execution::Maybe),
        (": ping\n\n".to_owned(), Kind::StreamCut, Execution::Maybe),
    ];
    for (body, kind, execution) in rows {
        let error = Upstream::events(&body).stream().await.unwrap_err();
        assert_eq!((error.kind(), error.execution()), (kind, execution), "{body}");
    }
}

#[test]
fn any_split_of_the_bytes_gives_the_same_events() {
    let body = stream_of(&[
        r#"{"id":"1","choices":[{"index":0,"delta":{"role":"assistant","content":"Zürich, "}}]}"#,
        r#"{"id":"1","choices":[{"index":0,"delta":{"content":"東京 🌧"},"finish_reason":"stop"}]}"#,
        r#"{"id":"1","choices":[],"usage":{"total_tokens":7}}"#,
    ])
    .replace('\n', "\r\n");
    let read = |size: usize| {
        let mut parser = SseParser::new();
        let mut reader = llm_openai::decoding::OPENAI.reader(|| SystemTime::UNIX_EPOCH);
        let mut events = VecDeque::new();
        let mut frames = VecDeque::new();
        for piece in body.as_bytes().chunks(size) {
            parser.push(piece, &mut frames).unwrap();
        }
        parser.finish(&mut frames).unwrap();
        for frame in frames {
            if let Frame::Data(data) = frame {
                reader.push(&data, &mut events).unwrap();
            }
        }
        reader.end(&mut events).unwrap();
        events
    };
    let whole = read(body.len());
    assert!(whole.len() > 3, "{whole:?}");
    for size in 1..body.len() {
        assert_eq!(read(size), whole, "in pieces of {size}");
    }
}
