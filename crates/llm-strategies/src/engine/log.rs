//! What the log says of attempts and requests: never a word of what was said, for a provider's
//! message may quote the prompt.

use std::time::Duration;

use llm_core::{Attempt, AttemptOutcome, Error, ErrorKind, History, ModelRole, Outcome};

use super::ledger::Entry;

/// One line for every failed attempt, and for an answer that was taken although it is of no use.
pub(super) fn attempt(entry: Entry, attempt: &Attempt) {
    match attempt.outcome {
        // The words are the engine's own: they quote nothing of the answer.
        AttemptOutcome::Ok => {
            if let Some(flaw) = &attempt.message {
                tracing::warn!(
                    provider = %attempt.provider,
                    model = %attempt.model,
                    attempt = entry.number(),
                    "answer {flaw}"
                );
            }
        }
        AttemptOutcome::Failed(ErrorKind::Cancelled) => tracing::debug!(
            provider = %attempt.provider,
            model = %attempt.model,
            elapsed = ?attempt.elapsed,
            "attempt cancelled"
        ),
        AttemptOutcome::Failed(kind) => tracing::warn!(
            %kind,
            provider = %attempt.provider,
            model = %attempt.model,
            role = attempt.role.map_or("-", ModelRole::as_str),
            status = attempt.status,
            attempt = entry.number(),
            elapsed = ?attempt.elapsed,
            "attempt failed"
        ),
    }
}

/// The line of a request that was answered.
pub(super) fn answered(outcome: &Outcome) {
    let Outcome { response, source, history, .. } = outcome;
    tracing::info!(
        strategy = history.strategy,
        provider = %source.provider,
        model = %source.model,
        attempts = history.attempts.len(),
        elapsed = ?history.elapsed,
        output_tokens = response.usage.as_ref().and_then(|usage| usage.output_tokens),
        "answered"
    );
}

/// The line of a request that nobody answered within `timeout`.
pub(super) fn not_answered(error: &Error, history: &History, timeout: Duration) {
    tracing::info!(
        strategy = history.strategy,
        kind = %error.kind(),
        attempts = history.attempts.len(),
        elapsed = ?history.elapsed,
        ?timeout,
        "not answered"
    );
}

/// The line of a request whose caller left.
pub(super) fn abandoned(strategy: &str, attempts: usize, elapsed: Duration) {
    tracing::info!(strategy, attempts, ?elapsed, "abandoned by its caller");
}
