//! OpenAI's errors, by kind.

use std::time::Duration;

use jiff::SignedDuration;
use llm_core::{Error, ErrorKind, Retry};
use llm_http::{Failure, Headers};

/// The limits whose state the headers tell, as they name them.
const LIMITS: [&str; 2] = ["requests", "tokens"];

/// Makes an error of what OpenAI, or a server like it, says went wrong.
pub(crate) fn classify(failure: &Failure<'_>) -> Error {
    let error = llm_http::classify(failure);
    if error.kind() != ErrorKind::RateLimited || error.retry().is_some() {
        return error;
    }
    match reset(failure.headers) {
        Some(wait) => error.with_retry(Retry::After(wait)),
        None => error,
    }
}

/// How long until the last of the limits that are used up is renewed.
fn reset(headers: Headers<'_>) -> Option<Duration> {
    let is_used_up = |limit: &&str| {
        headers.get(&format!("x-ratelimit-remaining-{limit}")).is_some_and(|left| left == "0")
    };
    let renewed = |limit: &str| wait(headers.get(&format!("x-ratelimit-reset-{limit}"))?);
    LIMITS.into_iter().filter(is_used_up).filter_map(renewed).max()
}

/// A duration as OpenAI writes it: `1s`, `6m0s`, `12ms`. Others send numbers, which say nothing.
fn wait(text: &str) -> Option<Duration> {
    let wait: SignedDuration = text.trim().parse().ok()?;
    Duration::try_from(wait).ok().filter(|wait| !wait.is_zero())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_openai_writes_them() {
        let milliseconds = |text: &str| wait(text).map(|wait| wait.as_millis());
        assert_eq!(milliseconds("1s"), Some(1_000));
        assert_eq!(milliseconds("6m0s"), Some(360_000));
        assert_eq!(milliseconds("12ms"), Some(12));
        assert_eq!(milliseconds("1h2m3.5s"), Some(3_723_500));
        for nothing in ["", "-1", "0", "0s", "-5s", "soon"] {
            assert_eq!(milliseconds(nothing), None, "{nothing}");
        }
    }
}
