//! What fails in each dialect, and the kind it must become.

use std::time::Duration;

use llm_core::ErrorKind::{
    self, BadGateway, Conflict, ContentPolicy, ContextLength, EdgeTimeout, EmptyChoices,
    EmptyContent, EmptyResponse, InvalidRequest, MalformedResponse, NotJson, Overloaded,
    PayloadTooLarge, QuotaExhausted, RateLimited, ResetAfterSend, StreamCut, TruncatedResponse,
    UnexpectedRedirect, Unprocessable, UpstreamAuth, UpstreamForbidden, UpstreamMidError,
    UpstreamServer, UpstreamTimeout,
};
use serde_json::json;

use super::{Failure, KEY};
use crate::simulator::{Dialect, Reply, Truncation};

/// The refusal of a model that cannot be held to JSON.
pub(super) fn no_json(dialect: Dialect) -> Reply {
    let words = match dialect {
        Dialect::OpenRouter => "No endpoints found that support the requested response_format",
        Dialect::OpenAi => "Invalid parameter: 'response_format' is not supported with this model.",
        Dialect::Anthropic => "output_config.format: not supported by this model",
        Dialect::Ollama => "this model does not support structured outputs",
    };
    Reply::error(400, words)
}

/// Models that fail every call, and how.
pub(super) fn failures(dialect: Dialect) -> Vec<(Reply, Failure)> {
    let of_dialect = match dialect {
        Dialect::OpenRouter => openrouter(),
        Dialect::OpenAi => openai(),
        Dialect::Anthropic => anthropic(),
        Dialect::Ollama => ollama(),
    };
    common().into_iter().chain(of_dialect).collect()
}

fn with(name: &str, reply: Reply, kind: ErrorKind) -> (Reply, Failure) {
    (reply, Failure::new(format!("test/{name}"), [kind]))
}

/// What goes wrong behind every server, in its own words where it has some.
fn common() -> Vec<(Reply, Failure)> {
    let two_seconds = Duration::from_secs(2);
    let echoes_key = format!("the key {KEY} is not known at https://internal.example/v1");
    let status = |status: u16, kind| with(&format!("status-{status}"), Reply::status(status), kind);
    vec![
        status(400, InvalidRequest),
        status(401, UpstreamAuth),
        status(402, QuotaExhausted),
        status(408, UpstreamTimeout),
        status(413, PayloadTooLarge),
        status(422, Unprocessable),
        status(500, UpstreamServer),
        status(502, BadGateway),
        status(503, Overloaded),
        status(504, UpstreamTimeout),
        status(524, EdgeTimeout),
        status(529, Overloaded),
        with("tells-the-key", Reply::error(401, &echoes_key), UpstreamAuth),
        with("too-long", Reply::context_length(), ContextLength),
        with("redirects", Reply::redirect(307, "http://127.0.0.1:9/"), UnexpectedRedirect),
        with("page", Reply::html(200), NotJson),
        with("empty", Reply::empty(200), EmptyResponse),
        with("garbage", Reply::garbage(), MalformedResponse),
        with("resets", Reply::reset(), ResetAfterSend),
        with("overloaded", Reply::overloaded(), Overloaded),
        (
            Reply::rate_limited(Some(2)),
            Failure::new("test/busy", [RateLimited]).with_retry_after(two_seconds),
        ),
        (
            Reply::no_choices(),
            Failure::new(
                "test/no-choices",
                [EmptyChoices, EmptyContent, StreamCut, MalformedResponse],
            ),
        ),
        (
            Reply::truncated(Truncation::Length),
            Failure::new("test/truncated", [TruncatedResponse, StreamCut]),
        ),
    ]
}

fn openrouter() -> Vec<(Reply, Failure)> {
    vec![
        with("moderated", Reply::moderated(), ContentPolicy),
        with("error-under-200", Reply::error_under_200(429, "slow down"), RateLimited),
    ]
}

fn openai() -> Vec<(Reply, Failure)> {
    let family = [
        "insufficient_quota",
        "credit_balance_exhausted",
        "organization_spend_limit_exceeded",
        "project_spend_limit_exceeded",
        "organization_usage_limit_exceeded",
        "billing_hard_limit_reached",
    ];
    let quotas = family.map(|code| with(code, Reply::quota(code), QuotaExhausted));
    let detail = Reply::json(500, &json!({"detail": "it broke"}));
    let more = [
        with("moderated", Reply::moderated(), ContentPolicy),
        with("error-under-200", Reply::error_under_200(429, "slow down"), RateLimited),
        with("error-detail", detail, UpstreamServer),
        with("error-text", Reply::http(500, "text/plain", "it broke"), UpstreamServer),
    ];
    quotas.into_iter().chain(more).collect()
}

fn anthropic() -> Vec<(Reply, Failure)> {
    vec![
        with("moderated", Reply::moderated(), ContentPolicy),
        with("spend-limit", Reply::quota("insufficient_quota"), QuotaExhausted),
        with("own-spend-limit", Reply::own_spend_limit(), QuotaExhausted),
        with("forbidden", Reply::status(403), UpstreamForbidden),
        with("conflict", Reply::status(409), Conflict),
    ]
}

fn ollama() -> Vec<(Reply, Failure)> {
    let under_200 = Reply::json(200, &json!({"error": "the runner has stopped"}));
    vec![(
        under_200,
        Failure::new("test/error-under-200", [UpstreamServer, UpstreamMidError, MalformedResponse]),
    )]
}
