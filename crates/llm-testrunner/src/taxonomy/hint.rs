//! What to do about a failure: the key to change and where it stands.

use std::time::Duration;

use llm_core::{ErrorKind, ExclusionReason, Retry};
use llm_manager::did_you_mean;

use crate::{report::Skip, target::TestTarget};

/// What a hint can tell of beside the failure's kind.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Circumstances<'a> {
    /// The provider's advice on retrying.
    pub(crate) retry: Option<Retry>,
    /// Ids that the provider does serve.
    pub(crate) nearest: &'a [String],
}

/// What to do about a failure of this kind.
pub(crate) fn hint(kind: ErrorKind, target: &TestTarget, facts: Circumstances<'_>) -> String {
    use ErrorKind as Kind;

    let provider = &target.model.provider;
    match kind {
        Kind::UpstreamAuth => {
            let page = target.key_page.as_deref().map(|page| format!("; keys: {page}"));
            let page = page.unwrap_or_default();
            format!("the key was rejected: check `providers.{provider}.api_key`{page}")
        }
        Kind::QuotaExhausted => {
            format!("add credits to the account of `providers.{provider}.api_key`, or raise its limit")
        }
        Kind::InFlightBudget => "lower `--concurrency`, or add credits".to_owned(),
        Kind::UpstreamForbidden => {
            format!("the key of `providers.{provider}.api_key` may not use this model")
        }
        Kind::RegionBlocked => format!("not served in this region: take it out of the roles{}", place(target)),
        Kind::ContentPolicy => "a filter refused the question: set another `test_runner.prompt`".to_owned(),
        Kind::ModelNotFound => not_found(target, facts.nearest),
        Kind::ContextLength | Kind::PayloadTooLarge => "set a shorter `test_runner.prompt`".to_owned(),
        Kind::InvalidRequest | Kind::UnsupportedParam | Kind::Unprocessable => {
            format!("check the model's parameters in the configuration{}", place(target))
        }
        Kind::RateLimited => rate_limited(facts.retry),
        Kind::FirstTokenTimeout => "raise `llm.timeouts.first_token`, or use a faster model".to_owned(),
        Kind::IdleTimeout => "raise `llm.timeouts.idle`, or use another model".to_owned(),
        Kind::NoProgress => "raise `llm.timeouts.progress`, or use another model".to_owned(),
        Kind::Deadline => "raise `test_runner.timeout`, or use a faster model".to_owned(),
        Kind::ConnectTimeout => format!("raise `llm.timeouts.connect`, or check `providers.{provider}.base_url`"),
        Kind::ConnectRefused | Kind::Dns | Kind::DnsTimeout => {
            format!("check `providers.{provider}.base_url`, the network and the proxy")
        }
        Kind::TlsInvalid | Kind::TlsHandshake => {
            format!("check `providers.{provider}.base_url`, the clock and the proxy: the secure connection failed")
        }
        Kind::UpstreamMisconfigured | Kind::UnexpectedRedirect | Kind::ProtocolViolation | Kind::NotJson => {
            format!("`providers.{provider}.base_url` may not be the address of the API")
        }
        Kind::EmptyContent => "it may have spent its tokens on reasoning: set `reasoning` for the model".to_owned(),
        Kind::Internal => "a fault of this program: please report it".to_owned(),
        Kind::Cancelled => "the run was stopped: run it again".to_owned(),
        Kind::CircuitOpen | Kind::Saturated | Kind::NoUsableModel => "run the test again later".to_owned(),
        Kind::Unexpected => "see the status and the provider's documentation".to_owned(),
        // What is left is the provider's own trouble, and passes.
        _ => "the provider's fault, usually passing: test again, keep a model of another provider behind it".to_owned(),
    }
}

/// Why a model is not tried, and what to do about it.
pub(crate) fn skip(reason: &ExclusionReason, target: &TestTarget) -> Skip {
    let text = reason.to_string();
    let (name, explanation) = text.split_once(": ").unwrap_or((&text, ""));
    let hint = match reason {
        ExclusionReason::MissingKey(variable) => {
            let key = variable
                .clone()
                .unwrap_or_else(|| format!("`providers.{}.api_key`", target.model.provider));
            let page = target.key_page.as_deref().map(|page| format!("; get one: {page}"));
            format!("set {key}{}", page.unwrap_or_default())
        }
        ExclusionReason::Disabled => format!("switched off in the configuration{}", place(target)),
        _ => explanation.to_owned(),
    };
    Skip { reason: name.to_owned(), hint }
}

fn not_found(target: &TestTarget, nearest: &[String]) -> String {
    let place = place(target);
    let nearest = if nearest.is_empty() { &target.nearest } else { nearest };
    did_you_mean(nearest).map_or_else(
        || format!("correct the id or take it out of the roles{place}"),
        |question| format!("{question}{place}"),
    )
}

fn rate_limited(retry: Option<Retry>) -> String {
    let advice = "not the model's fault: lower `--concurrency`, add credits";
    match retry {
        Some(Retry::After(pause)) => format!("{advice}, or wait {}", seconds(pause)),
        _ => format!("{advice}, or wait"),
    }
}

fn place(target: &TestTarget) -> String {
    target.place.as_deref().map(|place| format!("; {place}")).unwrap_or_default()
}

fn seconds(duration: Duration) -> String {
    format!("{} s", duration.as_secs_f64().ceil())
}
