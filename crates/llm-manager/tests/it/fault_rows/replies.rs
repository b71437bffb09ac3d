//! Replies written out by hand in each dialect, as a stream and as a whole answer.

use llm_testkit::simulator::{Dialect, Reply};
use serde_json::{Value, json};

use super::lab::{SICK, Trouble};

/// An answer, which a stream brings in one piece.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub(crate) text: &'static str,
    /// In OpenAI's words.
    pub(crate) finish: &'static str,
    pub(crate) model: &'static str,
    /// What stands where each count of tokens does; `None` where there is no usage at all.
    pub(crate) tokens: Option<Value>,
    /// The ids of calls of `look`, and their arguments.
    pub(crate) calls: Vec<(&'static str, Value)>,
}

impl Said {
    pub(crate) fn new(text: &'static str, finish: &'static str) -> Self {
        Self { text, finish, model: SICK, tokens: Some(json!(3)), calls: Vec::new() }
    }

    /// The trouble of a model that says this.
    pub(crate) fn trouble(&self, dialect: Dialect) -> Trouble {
        replies(dialect, self.stream(dialect), self.whole(dialect).to_string())
    }

    /// The body of a stream.
    pub(crate) fn stream(&self, dialect: Dialect) -> String {
        match dialect {
            Dialect::Anthropic => self.anthropic_events(),
            Dialect::Ollama => {
                let mut last = self.whole(dialect);
                let message = last["message"].take();
                last["message"] = json!({"role": "assistant", "content": ""});
                let first = json!({"model": self.model, "message": message, "done": false});
                format!("{first}\n{last}\n")
            }
            _ => format!("data: {}\n\ndata: [DONE]\n\n", self.chat("delta")),
        }
    }

    /// The body of a whole answer.
    pub(crate) fn whole(&self, dialect: Dialect) -> Value {
        match dialect {
            Dialect::Anthropic => json!({
                "id": "msg_1", "type": "message", "role": "assistant", "model": self.model,
                "content": self.blocks(), "stop_reason": self.stop_reason(),
                "stop_sequence": null, "usage": self.usage("input_tokens", "output_tokens"),
            }),
            Dialect::Ollama => {
                let call = |(id, arguments): &(&str, Value)| json!({"id": id, "function": {"name": "look", "arguments": arguments}});
                let calls: Vec<_> = self.calls.iter().map(call).collect();
                let message =
                    json!({"role": "assistant", "content": self.text, "tool_calls": calls});
                let finish = if self.finish == "tool_calls" { "stop" } else { self.finish };
                json!({
                    "model": self.model, "message": message, "done": true,
                    "done_reason": finish, "prompt_eval_count": self.tokens,
                    "eval_count": self.tokens,
                })
            }
            _ => self.chat("message"),
        }
    }

    fn usage(&self, input: &str, output: &str) -> Value {
        self.tokens.as_ref().map_or(Value::Null, |tokens| json!({input: tokens, output: tokens}))
    }

    fn chat(&self, field: &str) -> Value {
        let call = |(index, (id, arguments)): (usize, &(&str, Value))| {
            let function = json!({"name": "look", "arguments": arguments.to_string()});
            json!({"index": index, "id": id, "type": "function", "function": function})
        };
        let calls: Vec<_> = self.calls.iter().enumerate().map(call).collect();
        let message = json!({"content": self.text, "tool_calls": calls});
        json!({
            "id": "gen-1", "model": self.model,
            "usage": self.usage("prompt_tokens", "completion_tokens"),
            "choices": [{"index": 0, field: message, "finish_reason": self.finish}],
        })
    }

    fn stop_reason(&self) -> &str {
        match self.finish {
            "stop" => "end_turn",
            "length" => "max_tokens",
            "tool_calls" => "tool_use",
            other => other,
        }
    }

    fn blocks(&self) -> Vec<Value> {
        let text = json!({"type": "text", "text": self.text});
        let texts = (!self.text.is_empty()).then_some(text).into_iter();
        let calls = self.calls.iter().map(|(id, arguments)| {
            json!({"type": "tool_use", "id": id, "name": "look", "input": arguments})
        });
        texts.chain(calls).collect()
    }

    fn anthropic_events(&self) -> String {
        let mut start = self.whole(Dialect::Anthropic);
        start["content"] = json!([]);
        start["stop_reason"] = Value::Null;
        let mut events = vec![json!({"type": "message_start", "message": start})];
        for (index, mut block) in self.blocks().into_iter().enumerate() {
            let delta = if block["type"] == "text" {
                json!({"type": "text_delta", "text": block["text"].take()})
            } else {
                let input = block["input"].take().to_string();
                block["input"] = json!({});
                json!({"type": "input_json_delta", "partial_json": input})
            };
            if block["type"] == "text" {
                block["text"] = "".into();
            }
            events.extend([
                json!({"type": "content_block_start", "index": index, "content_block": block}),
                json!({"type": "content_block_delta", "index": index, "delta": delta}),
                json!({"type": "content_block_stop", "index": index}),
            ]);
        }
        let delta = json!({"stop_reason": self.stop_reason(), "stop_sequence": null});
        let usage = self.usage("input_tokens", "output_tokens");
        events.push(json!({"type": "message_delta", "delta": delta, "usage": usage}));
        events.push(json!({"type": "message_stop"}));
        let named = |event: &Value| {
            format!("event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap())
        };
        events.iter().map(named).collect()
    }
}

/// Replies of these bytes, where a stream is asked for and where a whole answer is.
pub(crate) fn replies(
    dialect: Dialect,
    stream: impl Into<Vec<u8>>,
    whole: impl Into<Vec<u8>>,
) -> Trouble {
    Trouble::Replies {
        stream: Box::new(stream_of(dialect, stream)),
        whole: Box::new(Reply::http(200, "application/json", whole)),
    }
}

/// A stream of these bytes.
pub(crate) fn stream_of(dialect: Dialect, bytes: impl Into<Vec<u8>>) -> Reply {
    match dialect {
        Dialect::Ollama => Reply::http(200, "application/x-ndjson", bytes),
        _ => Reply::event_stream(bytes),
    }
}

/// A chat completion of these fields, which a stream brings in one piece.
pub(crate) fn saying(message: &Value, finish: &str) -> Trouble {
    let body = |name: &str| {
        json!({
            "id": "gen-1", "model": SICK,
            "usage": {"prompt_tokens": 3, "completion_tokens": 2},
            "choices": [{"index": 0, name: message, "finish_reason": finish}],
        })
    };
    Trouble::Replies {
        stream: Box::new(events(&[body("delta").to_string(), "[DONE]".to_owned()])),
        whole: Box::new(Reply::json(200, &body("message"))),
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
