//! An answer as Anthropic's events.

use serde_json::{Value, json};

use super::{SIGNATURE, stop_reason, tool_id, usage};
use crate::simulator::{
    completion::{Completion, Content},
    wire::Streamed,
};

/// One event, with its name.
pub(super) fn event(value: &Value) -> Vec<u8> {
    let name = value.get("type").and_then(Value::as_str).unwrap_or_default();
    format!("event: {name}\ndata: {value}\n\n").into_bytes()
}

/// The events of an answer. What opens a block comes with its first token, what closes it with the
/// next block's first or with the end.
pub(super) fn streamed(completion: &Completion) -> Streamed {
    let ping = event(&json!({"type": "ping"}));
    let start = event(&json!({"type": "message_start", "message": {
        "id": completion.id, "type": "message", "role": "assistant", "model": completion.model,
        "content": [], "stop_reason": null, "stop_sequence": null, "usage": usage(completion, 1),
    }}));
    let mut blocks = Blocks::default();
    for token in &completion.reasoning {
        let opening = json!({"type": "thinking", "thinking": "", "signature": ""});
        blocks.open("thinking", &opening);
        blocks.token(&json!({"type": "thinking_delta", "thinking": token}));
    }
    let Content { text, calls } = &completion.content;
    let empty = [String::new()];
    for token in if completion.content.is_empty() { &empty[..] } else { text } {
        blocks.open("text", &json!({"type": "text", "text": ""}));
        blocks.token(&json!({"type": "text_delta", "text": token}));
    }
    for call in calls {
        let id = tool_id(call);
        let opening = json!({"type": "tool_use", "id": id, "name": call.name, "input": {}});
        blocks.open(&id, &opening);
        blocks.token(&json!({"type": "input_json_delta", "partial_json": ""}));
        for token in &call.arguments {
            blocks.token(&json!({"type": "input_json_delta", "partial_json": token}));
        }
    }
    let again = blocks.again.clone();
    blocks.close();
    let stop = completion.finish.as_deref().map(stop_reason);
    let delta = json!({"stop_reason": stop, "stop_sequence": null});
    let usage = json!({"output_tokens": completion.usage.completion});
    let end = event(&json!({"type": "message_delta", "delta": delta, "usage": usage}));
    Streamed {
        content_type: "text/event-stream",
        opening: [start, ping.clone()].concat(),
        alive: ping,
        says_alive: true,
        tokens: blocks.tokens,
        again,
        empty: Vec::new(),
        finish: [blocks.pending, end].concat(),
        usage: Vec::new(),
        done: event(&json!({"type": "message_stop"})),
    }
}

#[derive(Default)]
struct Blocks {
    tokens: Vec<Vec<u8>>,
    /// What goes before the next token.
    pending: Vec<u8>,
    /// The first token alone.
    again: Vec<u8>,
    /// What the open block is known by.
    current: Option<String>,
    index: usize,
}

impl Blocks {
    fn open(&mut self, name: &str, block: &Value) {
        if self.current.as_deref() == Some(name) {
            return;
        }
        self.close();
        self.current = Some(name.to_owned());
        let start =
            json!({"type": "content_block_start", "index": self.index, "content_block": block});
        self.pending.extend(event(&start));
    }

    fn token(&mut self, delta: &Value) {
        let delta = self.delta(delta);
        if self.again.is_empty() {
            self.again.clone_from(&delta);
        }
        let token = [std::mem::take(&mut self.pending), delta].concat();
        self.tokens.push(token);
    }

    fn close(&mut self) {
        let Some(name) = self.current.take() else { return };
        if name == "thinking" {
            let signed = json!({"type": "signature_delta", "signature": SIGNATURE});
            self.pending.extend(self.delta(&signed));
        }
        let stop = json!({"type": "content_block_stop", "index": self.index});
        self.pending.extend(event(&stop));
        self.index += 1;
    }

    fn delta(&self, delta: &Value) -> Vec<u8> {
        event(&json!({"type": "content_block_delta", "index": self.index, "delta": delta}))
    }
}
