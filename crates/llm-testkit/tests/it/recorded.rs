//! What the simulator writes has every field that other servers of the same dialect were recorded
//! to write, with a value of the same type.

use std::{collections::BTreeMap, fs, path::Path};

use llm_testkit::simulator::{Dialect, Reply, ToolMode};
use serde_json::{Value, json};

use crate::{
    dialects::{ANTHROPIC, BEARER, get, post, schema, simulator, tool},
    wire::{Got, send},
};

/// Where a tool's arguments stand, which are other ones.
const ARGUMENTS: &str = "/content//input/";

/// The type of what stands at each path; of a list, all items are one.
fn shape(value: &Value, path: &str, into: &mut BTreeMap<String, &'static str>) {
    let name = match value {
        Value::Null => return,
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "text",
        Value::Array(items) => {
            for item in items {
                shape(item, &format!("{path}/"), into);
            }
            "list"
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                shape(field, &format!("{path}/{name}"), into);
            }
            "object"
        }
    };
    into.insert(path.to_owned(), name);
}

fn shapes(bodies: &[Value]) -> BTreeMap<String, &'static str> {
    let mut shapes = BTreeMap::new();
    for body in bodies {
        shape(body, "", &mut shapes);
    }
    shapes
}

/// Every JSON text in a body: the body, or the data of its events, or its lines.
fn texts(body: &str) -> Vec<Value> {
    if let Ok(whole) = serde_json::from_str(body.trim()) {
        return vec![whole];
    }
    let lines = body.lines().map(|line| line.strip_prefix("data: ").unwrap_or(line));
    lines.filter_map(|line| serde_json::from_str(line).ok()).collect()
}

fn check(folder: &Path, recording: &str, got: &Got) {
    let text = fs::read_to_string(folder.join(recording)).unwrap();
    let text = text.replace("\r\n", "\n");
    let (head, body) = text.split_once("\n\n").unwrap();
    let body = body.rsplit_once("[curl exit").map_or(body, |(body, _)| body);
    let status = head.lines().find_map(|line| line.strip_prefix("HTTP/1.1 ")).unwrap();
    assert!(status.starts_with(&got.status().to_string()), "{recording}: {status}");
    let (recorded, written) = (shapes(&texts(body)), shapes(&texts(&got.text())));
    assert!(!recorded.is_empty(), "{recording} holds nothing");
    let missing: Vec<_> = recorded
        .iter()
        .filter(|(path, _)| !path.starts_with(ARGUMENTS))
        .filter(|(path, name)| written.get(*path) != Some(*name))
        .collect();
    assert!(missing.is_empty(), "{recording}: {missing:?} and not {written:?}");
}

#[tokio::test(start_paused = true)]
async fn every_recorded_field_is_written_too() {
    let Some(folder) = std::env::var_os("LLM_REFERENCE_DATA") else {
        println!("skipped: LLM_REFERENCE_DATA says nowhere where the recordings are");
        return;
    };
    let folder = Path::new(&folder).join("fixtures/recordings");
    let user = json!([{"role": "user", "content": "hello"}]);

    let asked = |more: Value| {
        let mut body = json!({"model": "one", "max_tokens": 50, "messages": user});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let tools = asked(json!({"tools": tool(&schema())}));
    let chat = |body: &Value| post("/v1/chat/completions", BEARER, body);
    let openai = simulator(Dialect::OpenAi, |model| model);
    for (recording, request) in [
        ("aimock/oai_chat.txt", chat(&asked(json!({})))),
        ("mockai/oai_text.txt", chat(&asked(json!({})))),
        ("mockai/oai_tool-call.txt", chat(&tools)),
        (
            "aimock/oai_chat_stream_usage.txt",
            chat(&asked(json!({"stream": true, "stream_options": {"include_usage": true}}))),
        ),
        ("aimock/oai_models.txt", get("/v1/models", BEARER)),
    ] {
        check(&folder, recording, &send(&openai, &request).await);
    }

    let messages = |body: &Value| post("/v1/messages", ANTHROPIC, body);
    let anthropic = simulator(Dialect::Anthropic, |model| model);
    let tools = asked(json!({"tools": [{"name": "weather", "input_schema": schema()}]}));
    for (recording, request) in [
        ("aimock/ant_messages.txt", messages(&asked(json!({})))),
        ("mockai/ant_text.txt", messages(&asked(json!({})))),
        ("mockai/ant_tool-use.txt", messages(&tools)),
        ("aimock/ant_messages_stream.txt", messages(&asked(json!({"stream": true})))),
    ] {
        check(&folder, recording, &send(&anthropic, &request).await);
    }

    let ollama = simulator(Dialect::Ollama, |model| model.with_tools(ToolMode::Calls));
    let talk = |body: &Value| post("/api/chat", "", body);
    for (recording, request) in [
        ("aimock/ollama_chat.txt", talk(&asked(json!({"stream": false})))),
        ("aimock/ollama_chat_stream.txt", talk(&asked(json!({})))),
        ("aimock/ollama_tags.txt", get("/api/tags", "")),
    ] {
        check(&folder, recording, &send(&ollama, &request).await);
    }

    for (recording, dialect, reply) in [
        ("aimock/oai_err_429.txt", Dialect::OpenAi, Reply::rate_limited(None)),
        ("mockai/oai_401.txt", Dialect::OpenAi, Reply::status(401)),
        ("mockai/oai_503.txt", Dialect::OpenAi, Reply::overloaded()),
        ("aimock/ant_err_529.txt", Dialect::Anthropic, Reply::overloaded()),
        ("mockai/ant_429.txt", Dialect::Anthropic, Reply::rate_limited(None)),
        ("mockai/ant_500.txt", Dialect::Anthropic, Reply::status(500)),
    ] {
        let failing = simulator(dialect, |model| model.with_reply(reply));
        let request = match dialect {
            Dialect::Anthropic => messages(&asked(json!({}))),
            _ => chat(&asked(json!({}))),
        };
        check(&folder, recording, &send(&failing, &request).await);
    }
}
