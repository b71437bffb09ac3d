//! What OpenRouter says about a key.

use llm_core::{Error, ErrorKind, Result};
use llm_http::{Word, decimal};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::value::RawValue;

/// What is left on a key. What OpenRouter does not say is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyInfo {
    /// US dollars the key may spend; `None` is no limit.
    pub limit: Option<Decimal>,
    /// US dollars left of the limit.
    pub limit_remaining: Option<Decimal>,
    /// How often the limit is renewed, such as `monthly`.
    pub limit_reset: Option<String>,
    /// US dollars spent so far.
    pub usage: Option<Decimal>,
    /// Whether the account has never bought credit, so that free models are limited most.
    pub is_free_tier: Option<bool>,
    /// When the key ends, as OpenRouter writes it.
    pub expires_at: Option<String>,
}

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    data: Wire<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Wire<'a> {
    #[serde(borrow)]
    limit: Option<&'a RawValue>,
    #[serde(borrow)]
    limit_remaining: Option<&'a RawValue>,
    #[serde(borrow)]
    limit_reset: Word<'a>,
    #[serde(borrow)]
    usage: Option<&'a RawValue>,
    is_free_tier: Option<bool>,
    #[serde(borrow)]
    expires_at: Word<'a>,
}

/// Reads the answer of `GET /key`.
pub fn decode(body: &[u8]) -> Result<KeyInfo> {
    let body: Body<'_> = serde_json::from_slice(body).map_err(|_| {
        Error::new(ErrorKind::MalformedResponse, "the key's data is not the JSON expected")
    })?;
    let wire = body.data;
    Ok(KeyInfo {
        limit: wire.limit.and_then(decimal),
        limit_remaining: wire.limit_remaining.and_then(remaining),
        limit_reset: wire.limit_reset.into_string(),
        usage: wire.usage.and_then(decimal),
        is_free_tier: wire.is_free_tier,
        expires_at: wire.expires_at.into_string(),
    })
}

/// A key that has spent more than its limit has nothing left.
fn remaining(raw: &RawValue) -> Option<Decimal> {
    if raw.get().starts_with('-') { Some(Decimal::ZERO) } else { decimal(raw) }
}
