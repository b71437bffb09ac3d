//! OpenAI: chat completions, usage on request in a chunk of its own, errors with type and code.

use serde_json::{Value, json};

use super::{
    Refused, Streamed, Wire, bearer,
    chunks::{self, Extras, merged},
    data, requests,
};
use crate::simulator::{
    catalogue,
    completion::{CREATED, Completion},
    http::Request,
    refusal::{Hint, Meaning, Refusal},
    render,
    route::refused_key,
    schedule::Schedule,
    state::State,
};

/// Every field of a chat completion's request. One that is not among them is refused.
const FIELDS: &[&str] = &[
    "audio",
    "frequency_penalty",
    "function_call",
    "functions",
    "logit_bias",
    "logprobs",
    "max_completion_tokens",
    "max_tokens",
    "messages",
    "metadata",
    "modalities",
    "model",
    "moderation",
    "n",
    "parallel_tool_calls",
    "prediction",
    "presence_penalty",
    "prompt_cache_key",
    "prompt_cache_options",
    "prompt_cache_retention",
    "reasoning_effort",
    "response_format",
    "safety_identifier",
    "seed",
    "service_tier",
    "stop",
    "store",
    "stream",
    "stream_options",
    "temperature",
    "tool_choice",
    "tools",
    "top_logprobs",
    "top_p",
    "user",
    "verbosity",
    "web_search_options",
];

#[derive(Debug)]
pub(super) struct OpenAi;

impl Extras for OpenAi {
    fn top(&self, completion: &Completion, chunk: bool) -> Value {
        let more = json!({"service_tier": "default", "system_fingerprint": "fp_simulated"});
        let told = chunk && completion.wants_usage;
        merged(more, if told { json!({"usage": null}) } else { chunks::nothing() })
    }

    fn choice(&self, _finish: Option<&String>) -> Value {
        chunks::nothing()
    }

    fn reasoning(&self, text: &str, _streamed: bool) -> Value {
        if text.is_empty() { chunks::nothing() } else { json!({ "reasoning_content": text }) }
    }

    fn usage(&self, completion: &Completion) -> Value {
        chunks::usage(completion)
    }
}

impl Wire for OpenAi {
    fn base(&self) -> &'static str {
        "/v1"
    }

    fn chat_path(&self) -> &'static str {
        "/v1/chat/completions"
    }

    fn other(&self, request: &Request, path: &str, state: &State) -> Option<Schedule> {
        if path != "/v1/models" {
            return None;
        }
        if request.method != "GET" {
            return Some(render::refused(&Refusal::status(405), "", self));
        }
        if let Some(refusal) = refused_key(request, state) {
            return Some(render::refused(&refusal, "", self));
        }
        let entry = |id: &String| json!({"id": id, "object": "model", "created": CREATED, "owned_by": "simulated"});
        let models: Vec<_> = state.models().iter().map(|model| entry(&model.script.id)).collect();
        Some(catalogue::respond(&json!({"object": "list", "data": models})))
    }

    fn key<'a>(&self, request: &'a Request) -> Option<&'a str> {
        bearer(request)
    }

    fn understand(&self, _request: &Request, body: &Value) -> Result<Value, Refusal> {
        requests::known_fields(body, FIELDS)?;
        requests::tool_schemas(requests::list(body, "tools"), "/function/parameters")?;
        Ok(body.clone())
    }

    fn identify(&self, number: u64) -> (String, Option<&'static str>) {
        (format!("chatcmpl-{number:010}"), Some("x-request-id"))
    }

    fn whole(&self, completion: &Completion, empty: bool) -> Value {
        chunks::whole(self, completion, empty)
    }

    fn whole_opening(&self) -> &'static [u8] {
        br#"{"choices":[{"index":0,"message":{"role":"assistant","content":""#
    }

    fn streamed(&self, completion: &Completion) -> Streamed {
        let mut streamed = chunks::streamed(self, completion);
        if completion.wants_usage {
            let usage = json!({ "usage": self.usage(completion) });
            streamed.usage = data(&merged(chunks::chunk(self, completion, &json!([])), usage));
        }
        if let Some(finish) = &completion.finish {
            let choice = chunks::choice(self, &chunks::nothing(), Some(finish));
            streamed.finish = data(&chunks::chunk(self, completion, &json!([choice])));
        }
        streamed
    }

    fn error_inside(&self, _completion: &Completion, code: &Value, message: &str) -> Vec<u8> {
        let status = code.as_u64().and_then(|code| u16::try_from(code).ok());
        let kind = status.map_or("server_error", kind_of);
        let code = code.as_str().or_else(|| status.and_then(code_of));
        data(&envelope(message, kind, None, code))
    }

    fn refuse(&self, refusal: &Refusal, _model: &str) -> Refused {
        let (status, usual, param, code) = said(&refusal.meaning);
        let message = refusal.message.as_deref().unwrap_or(&usual);
        // Words of one's own under 404 may be about anything, as a path.
        let about_model = refusal.meaning != Meaning::Status(404) || refusal.message.is_none();
        let code = code.filter(|_| about_model);
        let kind = match refusal.meaning {
            Meaning::Quota(_) | Meaning::OwnLimit => "insufficient_quota",
            _ => kind_of(status),
        };
        let refused = Refused::new(status, envelope(message, kind, param, code.as_deref()));
        match refusal.meaning {
            Meaning::RateLimited(Hint::RetryAfter(seconds)) => limits(refused, seconds)
                .with_header("retry-after", &seconds)
                .with_header("retry-after-ms", &(seconds * 1_000)),
            Meaning::RateLimited(Hint::OwnHeaders(seconds)) => limits(refused, seconds),
            _ => refused,
        }
    }
}

fn limits(refused: Refused, seconds: u64) -> Refused {
    refused
        .with_header("x-ratelimit-limit-requests", &60)
        .with_header("x-ratelimit-remaining-requests", &0)
        .with_header("x-ratelimit-reset-requests", &format!("{seconds}s"))
        .with_header("x-ratelimit-limit-tokens", &150_000)
        .with_header("x-ratelimit-remaining-tokens", &149_984)
        .with_header("x-ratelimit-reset-tokens", &"6ms")
}

fn envelope(message: &str, kind: &str, param: Option<&str>, code: Option<&str>) -> Value {
    json!({"error": {"message": message, "type": kind, "param": param, "code": code}})
}

/// The type of an error with this status.
fn kind_of(status: u16) -> &'static str {
    match status {
        429 => "requests",
        503 => "service_unavailable_error",
        500..600 => "server_error",
        _ => "invalid_request_error",
    }
}

/// The code of an error of which only the status is known.
fn code_of(status: u16) -> Option<&'static str> {
    match status {
        401 => Some("invalid_api_key"),
        404 => Some("model_not_found"),
        429 => Some("rate_limit_exceeded"),
        503 => Some("server_is_overloaded"),
        _ => None,
    }
}

/// Status, usual words, parameter and code of a refusal.
fn said(meaning: &Meaning) -> (u16, String, Option<&'static str>, Option<String>) {
    let (status, words, param, code) = match meaning {
        Meaning::Status(status) => (*status, usual_words(*status), None, code_of(*status)),
        Meaning::NoKey => (401, "You didn't provide an API key.", None, None),
        Meaning::WrongKey => (401, usual_words(401), None, code_of(401)),
        Meaning::UnknownModel(model) => {
            let words =
                format!("The model `{model}` does not exist or you do not have access to it.");
            return (404, words, None, Some("model_not_found".to_owned()));
        }
        Meaning::ContextLength => (
            400,
            "This model's maximum context length is 8192 tokens. However, your messages resulted \
             in 9000 tokens. Please reduce the length of the messages.",
            Some("messages"),
            Some("context_length_exceeded"),
        ),
        Meaning::Moderated => (
            400,
            "Invalid prompt: your prompt was flagged as potentially violating our usage policy.",
            None,
            Some("content_policy_violation"),
        ),
        Meaning::NoTools => (
            400,
            "Unsupported parameter: 'tools' is not supported with this model.",
            Some("tools"),
            Some("unsupported_parameter"),
        ),
        Meaning::NoImages => (
            400,
            "Invalid content type. image_url is only supported by certain models.",
            Some("messages.[0].content.[1].type"),
            None,
        ),
        Meaning::ToolSchema(tool) => {
            let words = format!(
                "Invalid schema for function '{tool}': schema must be a JSON Schema of 'type: \
                 \"object\"', got something else."
            );
            let code = Some("invalid_function_parameters".to_owned());
            return (400, words, Some("tools[0].function.parameters"), code);
        }
        Meaning::UnknownField(field) => {
            let words = format!("Unrecognized request argument supplied: {field}");
            return (400, words, None, None);
        }
        Meaning::RateLimited(_) => (429, usual_words(429), None, code_of(429)),
        Meaning::Quota(code) => {
            let words = "You exceeded your current quota, please check your plan and billing \
                         details.";
            return (429, words.to_owned(), None, Some(code.clone()));
        }
        Meaning::OwnLimit => (
            429,
            "Your project has reached its spend limit.",
            None,
            Some("project_spend_limit_exceeded"),
        ),
        Meaning::Overloaded => (503, usual_words(503), None, code_of(503)),
        Meaning::NotJson => (400, "We could not parse the JSON body of your request.", None, None),
        Meaning::NoMessages => (
            400,
            "Missing required parameter: 'messages'.",
            Some("messages"),
            Some("missing_required_parameter"),
        ),
        Meaning::Invalid => (400, usual_words(400), None, None),
    };
    (status, words.to_owned(), param, code.map(str::to_owned))
}

/// What OpenAI usually says with a status.
fn usual_words(status: u16) -> &'static str {
    match status {
        400 => "Invalid request.",
        401 => "Incorrect API key provided.",
        403 => "You have insufficient permissions for this operation.",
        404 => "The model does not exist or you do not have access to it.",
        405 => "Not allowed to use this method on this path.",
        408 => "Request timed out.",
        413 => "Maximum content size limit exceeded.",
        422 => "Unprocessable entity.",
        429 => "Rate limit reached for requests per min. Please try again later.",
        503 => "The server is currently overloaded. Please try again later.",
        504 => "Gateway timeout.",
        529 => "Overloaded.",
        _ => "The server had an error while processing your request. Sorry about that!",
    }
}
