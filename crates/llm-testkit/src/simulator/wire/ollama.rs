//! Ollama: a line of JSON a token, objects as arguments, errors as text.

mod request;

use serde_json::{Value, json};

use super::{
    Refused, Streamed, Wire, bearer,
    chunks::{merged, nothing},
    requests,
};
use crate::simulator::{
    catalogue,
    completion::{Completion, Content, ToolCall},
    http::Request,
    model_script::ModelScript,
    refusal::{Hint, Meaning, Refusal},
    render,
    schedule::Schedule,
    state::State,
};

const CREATED_AT: &str = "2025-06-15T15:06:40.123456789Z";

#[derive(Debug)]
pub(super) struct Ollama;

impl Wire for Ollama {
    fn base(&self) -> &'static str {
        ""
    }

    fn chat_path(&self) -> &'static str {
        "/api/chat"
    }

    fn other(&self, request: &Request, path: &str, state: &State) -> Option<Schedule> {
        match (request.method.as_str(), path) {
            ("GET", "/api/tags") => {
                let models: Vec<_> =
                    state.models().iter().map(|model| entry(&model.script)).collect();
                Some(catalogue::respond(&json!({ "models": models })))
            }
            ("POST", "/api/show") => Some(show(request, state)),
            ("GET", "/api/version") => Some(catalogue::respond(&json!({"version": "0.12.0"}))),
            (_, "/api/tags" | "/api/show" | "/api/version") => {
                Some(render::refused(&Refusal::status(405), "", self))
            }
            _ => None,
        }
    }

    fn key<'a>(&self, request: &'a Request) -> Option<&'a str> {
        bearer(request)
    }

    fn asks_for_key(&self) -> bool {
        false
    }

    fn understand(&self, _request: &Request, body: &Value) -> Result<Value, Refusal> {
        request::understood(body)
    }

    fn identify(&self, number: u64) -> (String, Option<&'static str>) {
        (format!("chat-{number:010}"), None)
    }

    fn whole(&self, completion: &Completion, empty: bool) -> Value {
        let body = json!({"model": completion.model, "created_at": CREATED_AT});
        let body = if empty { body } else { merged(body, json!({"message": message(completion)})) };
        merged(body, last(completion))
    }

    fn whole_opening(&self) -> &'static [u8] {
        br#"{"message":{"role":"assistant","content":""#
    }

    fn streamed(&self, completion: &Completion) -> Streamed {
        let line = |message: Value| {
            line(&json!({
                "model": completion.model, "created_at": CREATED_AT, "message": message,
                "done": false,
            }))
        };
        let said = |content: &str| json!({"role": "assistant", "content": content});
        let thought = |token: &String| line(merged(said(""), json!({ "thinking": token })));
        let mut tokens: Vec<Vec<u8>> = completion.reasoning.iter().map(thought).collect();
        if completion.content.is_empty() {
            tokens.push(line(said("")));
        }
        let Content { text, calls } = &completion.content;
        tokens.extend(text.iter().map(|token| line(said(token))));
        // A call comes whole; the tokens of its arguments pass without a line.
        let call = |(index, call): (usize, &ToolCall)| {
            line(merged(said(""), json!({"tool_calls": [tool_call(index, call)]})))
        };
        tokens.extend(calls.iter().enumerate().map(call));
        let end = json!({
            "model": completion.model, "created_at": CREATED_AT, "message": said(""),
        });
        let no_message = json!({"model": completion.model, "created_at": CREATED_AT});
        Streamed {
            content_type: "application/x-ndjson",
            opening: Vec::new(),
            alive: line(said("")),
            says_alive: false,
            again: tokens.first().cloned().unwrap_or_default(),
            tokens,
            empty: self::line(&merged(no_message, json!({"done": false}))),
            finish: self::line(&merged(end, last(completion))),
            usage: Vec::new(),
            done: Vec::new(),
        }
    }

    fn error_inside(&self, _completion: &Completion, _code: &Value, message: &str) -> Vec<u8> {
        line(&json!({ "error": message }))
    }

    fn refuse(&self, refusal: &Refusal, model: &str) -> Refused {
        let (status, usual) = said(&refusal.meaning, model);
        let message = refusal.message.clone().unwrap_or(usual);
        let refused = Refused::new(status, json!({ "error": message }));
        match refusal.meaning {
            Meaning::RateLimited(Hint::RetryAfter(seconds) | Hint::OwnHeaders(seconds)) => {
                refused.with_header("retry-after", &seconds)
            }
            _ => refused,
        }
    }
}

fn line(value: &Value) -> Vec<u8> {
    format!("{value}\n").into_bytes()
}

fn message(completion: &Completion) -> Value {
    let thought = completion.reasoning.concat();
    let thinking = if thought.is_empty() { nothing() } else { json!({ "thinking": thought }) };
    let Content { text, calls } = &completion.content;
    let message = merged(json!({"role": "assistant", "content": text.concat()}), thinking);
    if calls.is_empty() {
        return message;
    }
    let calls: Vec<_> =
        calls.iter().enumerate().map(|(index, call)| tool_call(index, call)).collect();
    merged(message, json!({ "tool_calls": calls }))
}

/// A call with its arguments as an object; what is none stays the text it is.
fn tool_call(index: usize, call: &ToolCall) -> Value {
    let text = call.arguments.concat();
    let arguments = serde_json::from_str::<Value>(&text).unwrap_or_else(|_| text.into());
    let function = json!({"index": index, "name": call.name, "arguments": arguments});
    json!({"id": call.id, "function": function})
}

/// What only the last line says.
fn last(completion: &Completion) -> Value {
    let nanoseconds =
        |duration: std::time::Duration| u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
    let total = nanoseconds(completion.duration());
    let prompt = nanoseconds(completion.latency);
    let end = json!({
        "done": true, "total_duration": total, "load_duration": 1_334_875,
        "prompt_eval_count": completion.usage.prompt, "prompt_eval_duration": prompt,
        "eval_count": completion.usage.completion,
        "eval_duration": total.saturating_sub(prompt),
    });
    match completion.finish.as_deref() {
        Some("tool_calls") => merged(end, json!({"done_reason": "stop"})),
        Some(reason) => merged(end, json!({ "done_reason": reason })),
        None => end,
    }
}

fn entry(script: &ModelScript) -> Value {
    json!({
        "name": script.id, "model": script.id, "modified_at": CREATED_AT, "size": 1_321_098_329,
        "digest": "baf6a787fdffd633537aa2eb51cfd54cb93ff08e28040095462bb63daf552878",
        "details": details(),
    })
}

fn details() -> Value {
    json!({
        "parent_model": "", "format": "gguf", "family": "simulated", "families": ["simulated"],
        "parameter_size": "1.2B", "quantization_level": "Q8_0",
    })
}

/// `POST /api/show`.
fn show(request: &Request, state: &State) -> Schedule {
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let mut named = ["model", "name"].iter().map(|field| requests::text(&body, field));
    let id = named.find(|id| !id.is_empty()).unwrap_or_default();
    let Some(model) = state.model(id) else {
        let refusal = Refusal::of(Meaning::UnknownModel(id.to_owned()));
        return render::refused(&refusal, id, &Ollama);
    };
    let facts = &model.script.facts;
    let supports = |name: &str| facts.supported_parameters.iter().any(|known| known == name);
    let reads = |name: &str| facts.input_modalities.iter().any(|known| known == name);
    let capabilities: Vec<_> = [
        ("completion", true),
        ("tools", supports("tools")),
        ("vision", reads("image")),
        ("thinking", supports("reasoning")),
    ]
    .into_iter()
    .filter_map(|(name, has)| has.then_some(name))
    .collect();
    catalogue::respond(&json!({
        "modelfile": "# simulated", "parameters": "", "template": "{{ .Prompt }}",
        "details": details(), "capabilities": capabilities, "modified_at": CREATED_AT,
        "model_info": {
            "general.architecture": "simulated",
            "simulated.context_length": facts.context_length,
        },
    }))
}

/// The status of a refusal and what is usually said with it.
fn said(meaning: &Meaning, model: &str) -> (u16, String) {
    let (status, words) = match meaning {
        Meaning::Status(status) => (*status, usual_words(*status)),
        Meaning::NoKey | Meaning::WrongKey => (401, usual_words(401)),
        Meaning::UnknownModel(model) => return (404, format!("model '{model}' not found")),
        Meaning::ContextLength => (400, "the input length exceeds the context length"),
        Meaning::Moderated | Meaning::Invalid | Meaning::UnknownField(_) => (400, usual_words(400)),
        Meaning::NoTools => {
            return (400, format!("\"{model}\" does not support tools"));
        }
        Meaning::NoImages => {
            return (400, "this model is missing data required for image input".to_owned());
        }
        Meaning::ToolSchema(_) => (400, "invalid tool parameters"),
        Meaning::RateLimited(_) => (429, usual_words(429)),
        Meaning::Quota(_) | Meaning::OwnLimit => (402, usual_words(402)),
        Meaning::Overloaded => (503, usual_words(503)),
        Meaning::NotJson => (400, "invalid character 'x' looking for beginning of value"),
        Meaning::NoMessages => (400, "missing messages"),
    };
    (status, words.to_owned())
}

/// What Ollama usually says with a status.
fn usual_words(status: u16) -> &'static str {
    match status {
        400 => "invalid request",
        401 => "unauthorized",
        402 => "payment required",
        403 => "forbidden",
        404 => "404 page not found",
        405 => "405 method not allowed",
        408 => "request timeout",
        413 => "request body too large",
        429 => "too many requests",
        502 => "bad gateway",
        503 => "server busy, please try again.  maximum pending requests exceeded",
        504 => "gateway timeout",
        _ => {
            "model runner has unexpectedly stopped, this may be due to resource limitations or \
              an internal error, check ollama server logs for details"
        }
    }
}
