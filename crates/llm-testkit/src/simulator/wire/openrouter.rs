//! OpenRouter: the common shape with a provider, a native finish reason, reasoning and costs.

use serde_json::{Value, json};

use super::{
    Refused, Streamed, Wire, bearer,
    chunks::{self, Extras, merged},
    data,
};
use crate::simulator::{
    catalogue,
    completion::Completion,
    http::Request,
    refusal::{Hint, Meaning, Refusal},
    render,
    route::refused_key,
    schedule::Schedule,
    state::State,
};

const COMMENT: &[u8] = b": OPENROUTER PROCESSING\n\n";

#[derive(Debug)]
pub(super) struct OpenRouter;

impl Extras for OpenRouter {
    fn top(&self, _completion: &Completion, chunk: bool) -> Value {
        let more = if chunk { chunks::nothing() } else { json!({"system_fingerprint": null}) };
        merged(json!({"provider": "Simulated"}), more)
    }

    fn choice(&self, finish: Option<&String>) -> Value {
        json!({ "native_finish_reason": finish })
    }

    fn reasoning(&self, text: &str, streamed: bool) -> Value {
        if !streamed {
            return json!({ "reasoning": (!text.is_empty()).then_some(text) });
        }
        let details = json!([{"type": "reasoning.text", "text": text, "index": 0}]);
        json!({"reasoning": text, "reasoning_details": details})
    }

    fn usage(&self, completion: &Completion) -> Value {
        let usage = merged(chunks::usage(completion), json!({"is_byok": false}));
        let cost = completion.usage.cost.map(|cost| json!({ "cost": cost }));
        merged(usage, cost.unwrap_or_default())
    }
}

impl Wire for OpenRouter {
    fn base(&self) -> &'static str {
        "/api/v1"
    }

    fn chat_path(&self) -> &'static str {
        "/api/v1/chat/completions"
    }

    fn other(&self, request: &Request, path: &str, state: &State) -> Option<Schedule> {
        match (request.method.as_str(), path) {
            ("GET", "/api/v1/models") => Some(catalogue::models(state)),
            ("GET", "/api/v1/key") => Some(match refused_key(request, state) {
                Some(refusal) => render::refused(&refusal, "", self),
                None => catalogue::key(),
            }),
            (_, "/api/v1/models" | "/api/v1/key") => {
                Some(render::refused(&Refusal::status(405), "", self))
            }
            _ => None,
        }
    }

    fn key<'a>(&self, request: &'a Request) -> Option<&'a str> {
        bearer(request)
    }

    fn understand(&self, _request: &Request, body: &Value) -> Result<Value, Refusal> {
        Ok(body.clone())
    }

    fn identify(&self, number: u64) -> (String, Option<&'static str>) {
        (format!("gen-{number:010}"), Some("x-generation-id"))
    }

    fn whole(&self, completion: &Completion, empty: bool) -> Value {
        chunks::whole(self, completion, empty)
    }

    fn whole_opening(&self) -> &'static [u8] {
        br#"{"choices":[{"index":0,"message":{"role":"assistant","content":""#
    }

    fn whole_failed(
        &self,
        completion: &Completion,
        partial: String,
        (code, message): (&Value, &str),
    ) -> Option<Value> {
        let choice = json!({
            "index": 0, "message": {"role": "assistant", "content": partial},
            "finish_reason": "error", "native_finish_reason": completion.finish, "logprobs": null,
            "error": {"code": code, "message": message},
        });
        Some(chunks::answered(self, completion, &json!([choice])))
    }

    fn streamed(&self, completion: &Completion) -> Streamed {
        let usage = json!({ "usage": self.usage(completion) });
        Streamed {
            opening: COMMENT.to_vec(),
            alive: COMMENT.to_vec(),
            says_alive: true,
            usage: data(&merged(chunks::chunk(self, completion, &json!([])), usage)),
            ..chunks::streamed(self, completion)
        }
    }

    fn error_inside(&self, completion: &Completion, code: &Value, message: &str) -> Vec<u8> {
        let finish = "error".to_owned();
        let choice = chunks::choice(self, &json!({"content": ""}), Some(&finish));
        let chunk = chunks::chunk(self, completion, &json!([choice]));
        data(&merged(chunk, json!({"error": {"code": code, "message": message}})))
    }

    fn refuse(&self, refusal: &Refusal, _model: &str) -> Refused {
        let (status, usual) = said(&refusal.meaning);
        let message = refusal.message.clone().unwrap_or(usual);
        let error = json!({"code": status, "message": message});
        let metadata = metadata(&refusal.meaning);
        let error =
            merged(error, metadata.map(|facts| json!({"metadata": facts})).unwrap_or_default());
        let refused = Refused::new(status, json!({ "error": error }));
        match refusal.meaning {
            Meaning::RateLimited(Hint::RetryAfter(seconds) | Hint::OwnHeaders(seconds)) => {
                refused.with_header("retry-after", &seconds)
            }
            _ => refused,
        }
    }
}

/// The status of a refusal and what is usually said with it.
fn said(meaning: &Meaning) -> (u16, String) {
    let (status, words) = match meaning {
        Meaning::Status(status) => (*status, usual_words(*status)),
        Meaning::NoKey => (401, "Missing Authentication header"),
        Meaning::WrongKey => (401, usual_words(401)),
        Meaning::UnknownModel(model) => return (400, format!("{model} is not a valid model ID")),
        Meaning::ContextLength => (
            400,
            "This endpoint's maximum context length is 8192 tokens. However, you requested about \
             9000 tokens. Please reduce the length of either one.",
        ),
        Meaning::Moderated => (403, "acme/swift-8b requires moderation. Your input was flagged"),
        Meaning::NoTools => (404, "No endpoints found that support tool use."),
        Meaning::NoImages => (404, "No endpoints found that support image input"),
        Meaning::ToolSchema(_) | Meaning::UnknownField(_) | Meaning::Invalid => {
            (400, usual_words(400))
        }
        Meaning::RateLimited(_) => (429, usual_words(429)),
        Meaning::Quota(_) | Meaning::OwnLimit => (402, usual_words(402)),
        Meaning::Overloaded => (503, usual_words(503)),
        Meaning::NotJson => (400, "Invalid JSON in request body"),
        Meaning::NoMessages => (400, "Input required: specify \"prompt\" or \"messages\""),
    };
    (status, words.to_owned())
}

fn metadata(meaning: &Meaning) -> Option<Value> {
    match meaning {
        Meaning::ContextLength => Some(json!({"error_type": "context_length_exceeded"})),
        Meaning::RateLimited(_) => Some(json!({"error_type": "rate_limit_exceeded"})),
        Meaning::Moderated => Some(json!({
            "reasons": ["violence"], "flagged_input": "the words that were flagged",
            "provider_name": "Simulated", "model_slug": "acme/swift-8b",
            "error_type": "content_policy_violation",
        })),
        _ => None,
    }
}

/// What OpenRouter usually says with a status.
fn usual_words(status: u16) -> &'static str {
    match status {
        400 => "Invalid request parameters",
        401 => "User not found.",
        402 => "Insufficient credits. Add more using https://openrouter.ai/settings/credits",
        403 => "Forbidden",
        404 => "No endpoints found for this model",
        405 => "Method Not Allowed",
        408 => "Request timed out",
        413 => "Request Entity Too Large",
        422 => "Unprocessable request",
        429 => "Rate limit exceeded",
        500 => "Internal Server Error",
        502 => "Provider returned error",
        503 => "No available model provider meets your routing requirements",
        504 => "The operation was aborted due to timeout",
        524 => "A timeout occurred",
        529 => "Provider is overloaded",
        _ => "Something went wrong",
    }
}
