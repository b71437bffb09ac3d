//! Anthropic's Messages: named events, blocks with an index, its own errors.

mod events;
mod request;

use serde_json::{Value, json};

use super::{Refused, Streamed, Wire, requests};
use crate::simulator::{
    catalogue,
    completion::{Completion, Content, ToolCall},
    http::Request,
    refusal::{Hint, Meaning, Refusal},
    render,
    route::refused_key,
    schedule::Schedule,
    state::State,
};

/// What a model's thoughts are signed with.
pub(super) const SIGNATURE: &str = "sig-simulated-0001";
const CREATED_AT: &str = "2025-06-15T15:06:40Z";
/// The most models on one page of the catalogue, and how many are on one by default.
const LARGEST_PAGE: usize = 1_000;
const PAGE: usize = 20;

#[derive(Debug)]
pub(super) struct Anthropic;

impl Wire for Anthropic {
    fn base(&self) -> &'static str {
        "/v1"
    }

    fn chat_path(&self) -> &'static str {
        "/v1/messages"
    }

    fn other(&self, request: &Request, path: &str, state: &State) -> Option<Schedule> {
        if path != "/v1/models" {
            return None;
        }
        let refusal = match request.method.as_str() {
            "GET" => refused_key(request, state).or_else(|| request::versioned(request).err()),
            _ => Some(Refusal::status(405)),
        };
        Some(match refusal {
            Some(refusal) => render::refused(&refusal, "", self),
            None => models(request, state),
        })
    }

    fn key<'a>(&self, request: &'a Request) -> Option<&'a str> {
        request.header("x-api-key").map(str::trim).filter(|key| !key.is_empty())
    }

    fn understand(&self, request: &Request, body: &Value) -> Result<Value, Refusal> {
        request::versioned(request)?;
        request::understood(body)
    }

    fn identify(&self, number: u64) -> (String, Option<&'static str>) {
        (format!("msg_{number:010}"), Some("request-id"))
    }

    fn whole(&self, completion: &Completion, empty: bool) -> Value {
        let blocks = if empty { Vec::new() } else { blocks(completion) };
        let stop = completion.finish.as_deref().map(stop_reason);
        json!({
            "id": completion.id, "type": "message", "role": "assistant",
            "model": completion.model, "content": blocks, "stop_reason": stop,
            "stop_sequence": null, "usage": usage(completion, completion.usage.completion),
        })
    }

    fn whole_opening(&self) -> &'static [u8] {
        br#"{"type":"message","role":"assistant","content":[{"type":"text","text":""#
    }

    fn streamed(&self, completion: &Completion) -> Streamed {
        events::streamed(completion)
    }

    fn error_inside(&self, _completion: &Completion, code: &Value, message: &str) -> Vec<u8> {
        let status = code.as_u64().and_then(|code| u16::try_from(code).ok());
        let kind = code.as_str().unwrap_or_else(|| status.map_or("api_error", kind_of));
        events::event(&json!({"type": "error", "error": {"type": kind, "message": message}}))
    }

    fn refuse(&self, refusal: &Refusal, _model: &str) -> Refused {
        let (status, usual) = said(&refusal.meaning);
        let message = refusal.message.clone().unwrap_or(usual);
        let mut error = json!({"type": kind_of(status), "message": message});
        if let (Meaning::Quota(_), Some(fields)) = (&refusal.meaning, error.as_object_mut()) {
            let details = json!({"error_code": "enforced_spend_limit_reached"});
            fields.insert("details".to_owned(), details);
        }
        let body = json!({"type": "error", "error": error, "request_id": "req_simulated"});
        let refused = Refused::new(status, body).with_header("request-id", &"req_simulated");
        match refusal.meaning {
            Meaning::RateLimited(Hint::RetryAfter(seconds) | Hint::OwnHeaders(seconds)) => refused
                .with_header("retry-after", &seconds)
                .with_header("anthropic-ratelimit-requests-limit", &50)
                .with_header("anthropic-ratelimit-requests-remaining", &0)
                .with_header("anthropic-ratelimit-requests-reset", &CREATED_AT)
                .with_header("anthropic-ratelimit-input-tokens-limit", &30_000)
                .with_header("anthropic-ratelimit-input-tokens-remaining", &29_000)
                .with_header("anthropic-ratelimit-input-tokens-reset", &CREATED_AT),
            _ => refused,
        }
    }
}

/// The blocks of an answer: thoughts, then a text or calls.
fn blocks(completion: &Completion) -> Vec<Value> {
    let thought = completion.reasoning.concat();
    let mut blocks = Vec::new();
    if !thought.is_empty() {
        blocks.push(json!({"type": "thinking", "thinking": thought, "signature": SIGNATURE}));
    }
    let Content { text, calls } = &completion.content;
    if !text.is_empty() || calls.is_empty() {
        blocks.push(json!({"type": "text", "text": text.concat()}));
    }
    blocks.extend(calls.iter().map(|call| {
        // A model that breaks off, or off the rails, inside its arguments has no object yet.
        let input: Option<Value> = serde_json::from_str(&call.arguments.concat()).ok();
        let input = input.unwrap_or_else(|| call.arguments.concat().into());
        json!({"type": "tool_use", "id": tool_id(call), "name": call.name, "input": input})
    }));
    blocks
}

fn tool_id(call: &ToolCall) -> String {
    call.id.replace("call_", "toolu_")
}

fn usage(completion: &Completion, output: usize) -> Value {
    json!({
        "input_tokens": completion.usage.prompt, "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0, "output_tokens": output, "service_tier": "standard",
    })
}

/// Anthropic's word for why an answer ended.
fn stop_reason(finish: &str) -> &str {
    match finish {
        "stop" => "end_turn",
        "length" => "max_tokens",
        "tool_calls" => "tool_use",
        "content_filter" => "refusal",
        other => other,
    }
}

/// The catalogue, a page at a time.
fn models(request: &Request, state: &State) -> Schedule {
    let query = request.path.split_once('?').map(|(_, query)| query).unwrap_or_default();
    let asked = |name: &str| {
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(known, _)| *known == name).map(|(_, value)| value.replace("%2F", "/"))
    };
    let limit = asked("limit").and_then(|limit| limit.parse::<usize>().ok()).unwrap_or(PAGE);
    let after = asked("after_id").unwrap_or_default();
    let models = state.models();
    // Models are in the order of their ids.
    let mut left = models.iter().filter(|model| model.script.id > after);
    let page: Vec<Value> = left
        .by_ref()
        .take(limit.clamp(1, LARGEST_PAGE))
        .map(|model| {
            let facts = &model.script.facts;
            json!({
                "type": "model", "id": model.script.id, "display_name": facts.name,
                "created_at": CREATED_AT, "max_input_tokens": facts.context_length,
                "max_tokens": facts.max_completion_tokens,
            })
        })
        .collect();
    let id = |model: Option<&Value>| model.map(|model| requests::text(model, "id").to_owned());
    let (first, last) = (id(page.first()), id(page.last()));
    catalogue::respond(&json!({
        "has_more": left.next().is_some(), "first_id": first, "last_id": last, "data": page,
    }))
}

/// The type of an error with this status.
fn kind_of(status: u16) -> &'static str {
    match status {
        401 => "authentication_error",
        402 => "billing_error",
        403 => "permission_error",
        404 => "not_found_error",
        409 => "conflict_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        504 => "timeout_error",
        529 => "overloaded_error",
        500..600 => "api_error",
        _ => "invalid_request_error",
    }
}

/// The status of a refusal and what is usually said with it.
fn said(meaning: &Meaning) -> (u16, String) {
    let (status, words) = match meaning {
        Meaning::Status(status) => (*status, usual_words(*status)),
        Meaning::NoKey => (401, "x-api-key header is required"),
        Meaning::WrongKey => (401, usual_words(401)),
        Meaning::UnknownModel(model) => return (404, format!("model: {model}")),
        Meaning::ContextLength => (400, "prompt is too long: 9000 tokens > 8192 maximum"),
        Meaning::Moderated => (400, "Output blocked by content filtering policy"),
        Meaning::NoTools => (400, "This model does not support tool use"),
        Meaning::NoImages => (400, "This model does not support image input"),
        Meaning::ToolSchema(_) => {
            (400, "tools.0.custom.input_schema.type: Input should be 'object'")
        }
        Meaning::UnknownField(field) => {
            return (400, format!("{field}: Extra inputs are not permitted"));
        }
        Meaning::RateLimited(_) => (429, usual_words(429)),
        Meaning::Quota(_) => (429, "Your organization has reached its monthly spend limit"),
        Meaning::OwnLimit => (
            400,
            "You have reached your specified API usage limits. You will regain access on \
             2025-07-01 at 00:00 UTC.",
        ),
        Meaning::Overloaded => (529, usual_words(529)),
        Meaning::NotJson => (400, "The request body is not valid JSON"),
        Meaning::NoMessages => (400, "messages: at least one message is required"),
        Meaning::Invalid => (400, usual_words(400)),
    };
    (status, words.to_owned())
}

/// What Anthropic usually says with a status.
fn usual_words(status: u16) -> &'static str {
    match status {
        400 => "Invalid request",
        401 => "invalid x-api-key",
        402 => "Your credit balance is too low to access the Anthropic API.",
        403 => "Your API key does not have permission to use the specified resource.",
        404 => "Not found",
        405 => "Method Not Allowed",
        413 => "Request exceeds the maximum size",
        429 => "This request would exceed your organization's rate limit",
        504 => "Request timed out",
        529 => "Overloaded",
        _ => "Internal server error",
    }
}
