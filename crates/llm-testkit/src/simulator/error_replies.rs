//! The errors servers are known to send, one function each: those that every dialect has in words
//! of its own, and the bodies that only OpenRouter sends.

use serde_json::{Value, json};

use super::{
    refusal::{Hint, Meaning, Refusal},
    reply::Reply,
};

impl Reply {
    /// The conversation does not fit the model's window.
    pub fn context_length() -> Self {
        Self::meaning(Meaning::ContextLength)
    }

    /// There is no such model.
    pub fn unknown_model(model: &str) -> Self {
        Self::meaning(Meaning::UnknownModel(model.to_owned()))
    }

    /// A status with an availability block, as OpenRouter documents it: without a code, and with
    /// what may be tried instead. `code` is `no_endpoints`, `capacity_exhausted` and the like.
    pub fn unavailable(status: u16, code: &str, retry_after: Option<u64>) -> Self {
        let retryable = matches!(code, "capacity_exhausted" | "temporarily_unavailable");
        let mut availability = json!({
            "code": code, "retryable": retryable, "requested_models": ["acme/swift-8b"],
        });
        if let (Some(seconds), Some(fields)) = (retry_after, availability.as_object_mut()) {
            fields.insert("retry_after".to_owned(), seconds.into());
        }
        let message = "The requested model is not available";
        let error_type = if status == 404 { "not_found" } else { "provider_overloaded" };
        Self::json(
            status,
            &json!({"error": {
                "message": message, "error_type": error_type, "http_status": status,
                "availability": availability,
            }}),
        )
    }

    /// The model supports no tools.
    pub fn no_tool_support() -> Self {
        Self::meaning(Meaning::NoTools)
    }

    /// 401: the request carries no key.
    pub fn no_key() -> Self {
        Self::meaning(Meaning::NoKey)
    }

    /// 402: the credit is reserved by requests in flight; waiting helps.
    pub fn reserved_credit(seconds: u64) -> Self {
        Self::error(402, "This request requires more credits than are free right now")
            .with_header("retry-after", &seconds.to_string())
    }

    /// Moderation flagged the prompt.
    pub fn moderated() -> Self {
        Self::meaning(Meaning::Moderated)
    }

    /// 429: too many requests, with a hint in whole seconds if there is one.
    pub fn rate_limited(retry_after: Option<u64>) -> Self {
        let hint = retry_after.map_or(Hint::None, Hint::RetryAfter);
        Self::meaning(Meaning::RateLimited(hint))
    }

    /// 429 whose hint, in seconds, stands in the dialect's own headers only, where it has some that
    /// tell a duration; elsewhere as [`rate_limited`](Self::rate_limited).
    pub fn rate_limited_by_headers(seconds: u64) -> Self {
        Self::meaning(Meaning::RateLimited(Hint::OwnHeaders(seconds)))
    }

    /// The account has nothing left to spend, which no waiting changes. `code` is the word OpenAI
    /// has for it, as `insufficient_quota`; the others have one each.
    pub fn quota(code: &str) -> Self {
        Self::meaning(Meaning::Quota(code.to_owned()))
    }

    /// A limit on spending that the account has set itself is reached.
    pub fn own_spend_limit() -> Self {
        Self::meaning(Meaning::OwnLimit)
    }

    /// The server has too much to do.
    pub fn overloaded() -> Self {
        Self::meaning(Meaning::Overloaded)
    }

    /// 429: the minute's share of a free model is used up. The only hint is the time of the reset,
    /// in milliseconds of the epoch, inside the body.
    pub fn free_limit_per_minute(reset_epoch_ms: u64) -> Self {
        let metadata = json!({"headers": {
            "X-RateLimit-Limit": "20", "X-RateLimit-Remaining": "0",
            "X-RateLimit-Reset": reset_epoch_ms.to_string(),
        }});
        Self::error_with(429, "Rate limit exceeded: free-models-per-min. ", &metadata)
    }

    /// 429: the day's share of free models is used up; waiting does not help.
    pub fn free_limit_per_day() -> Self {
        let message = "Rate limit exceeded: free-models-per-day. Add 10 credits to unlock 1000 \
                       free model requests per day";
        Self::error_with(429, message, &json!({"limit_source": "openrouter_free_tier_daily"}))
    }

    /// A status in general words; the reason is in `metadata.raw`, as the upstream wrote it.
    pub fn provider_error(status: u16, raw: &str) -> Self {
        let metadata = json!({
            "raw": raw, "provider_name": "Simulated", "is_byok": false,
            "previous_errors": [{"provider": "Other", "code": status, "status": status}],
        });
        Self::error_with(status, "Provider returned error", &metadata)
    }

    /// An error under status 200, in a body with nothing else.
    pub fn error_under_200(code: impl Into<Value>, message: &str) -> Self {
        let error = json!({"code": code.into(), "message": message});
        Self::json(200, &json!({"id": "gen-simulated", "error": error}))
    }

    /// An error under status 200, in the shape of an answer whose every field is null.
    pub fn null_answer_under_200(code: impl Into<Value>, message: &str) -> Self {
        let error = json!({"code": code.into(), "message": message});
        let body = json!({
            "id": null, "choices": null, "created": null, "model": null, "object": null,
            "usage": null, "error": error,
        });
        Self::json(200, &body)
    }

    /// A status whose error is a mere text.
    pub fn error_text(status: u16, message: &str) -> Self {
        Self::json(status, &json!({"error": message}))
    }

    /// A status with an error and metadata.
    pub fn error_with(status: u16, message: &str, metadata: &Value) -> Self {
        let error = json!({"code": status, "message": message, "metadata": metadata});
        Self::json(status, &json!({"error": error}))
    }

    fn meaning(meaning: Meaning) -> Self {
        Self::refused(Refusal::of(meaning))
    }
}
