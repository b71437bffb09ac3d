//! Replies written out by hand, as a stream and as a whole answer.

use llm_testkit::simulator::Reply;
use serde_json::{Value, json};

use super::lab::Trouble;

/// An answer of these fields, which a stream brings in one piece.
pub(crate) fn saying(message: &Value, finish: &str) -> Trouble {
    with_usage(message, finish, &json!({"prompt_tokens": 3, "completion_tokens": 2}))
}

/// The same with this usage.
pub(crate) fn with_usage(message: &Value, finish: &str, usage: &Value) -> Trouble {
    let body = |name: &str| {
        json!({
            "id": "gen-1", "model": "acme/sick", "usage": usage,
            "choices": [{"index": 0, name: message, "finish_reason": finish}],
        })
    };
    Trouble::Replies {
        stream: events(&[body("delta").to_string(), "[DONE]".to_owned()]),
        whole: Reply::json(200, &body("message")),
    }
}

/// A stream of these events.
pub(crate) fn events(data: &[String]) -> Reply {
    let events = data.iter().map(|data| format!("data: {data}\n\n"));
    Reply::event_stream(events.collect::<String>())
}

/// A piece of text in a stream.
pub(crate) fn piece(text: &str) -> String {
    json!({"choices": [{"index": 0, "delta": {"content": text}}]}).to_string()
}

/// The last piece of a stream.
pub(crate) fn last(finish: &str) -> String {
    json!({"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]}).to_string()
}
