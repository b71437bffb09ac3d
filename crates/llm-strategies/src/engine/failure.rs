//! The error of a request that no model answered: the most useful of those it met.

use std::fmt::Write;

use llm_core::{Error, ErrorKind, ErrorLabel, Exclusion, ExclusionReason, ModelRef, Retry};

use super::notes::Notes;

/// The error of a request whose every candidate was given up.
pub(crate) fn final_error(notes: &Notes, deadline_passed: bool) -> Error {
    let [(_, only)] = notes.errors.as_slice() else {
        return combined(notes, deadline_passed);
    };
    only.clone()
}

/// The error that made a request give `model` up.
pub(crate) fn error_of(notes: &Notes, model: &ModelRef) -> Error {
    let own = notes.errors.iter().find(|(failed, _)| failed == model);
    own.map_or_else(|| final_error(notes, false), |(_, error)| error.clone())
}

/// The error of a request for which there is no candidate at all.
pub(crate) fn nobody(excluded: &[Exclusion]) -> Error {
    let too_large = |left: &Exclusion| matches!(left.reason, ExclusionReason::ContextWindow { .. });
    let is_there = |left: &&Exclusion| {
        !matches!(left.reason, ExclusionReason::Disabled | ExclusionReason::MissingKey(_))
    };
    let mut usable = excluded.iter().filter(is_there).peekable();
    let (kind, summary) = if excluded.is_empty() {
        (ErrorKind::NoUsableModel, "no model is configured: name one in llm.model_roles")
    } else if usable.peek().is_some() && usable.all(too_large) {
        let summary = "the prompt is larger than the window of every model: shorten it, or \
                       configure a model with a larger one";
        (ErrorKind::ContextLength, summary)
    } else {
        (ErrorKind::NoUsableModel, "no configured model can serve the request")
    };
    let reasons = excluded.iter().map(|left| format!("; {}: {}", left.model, left.reason));
    let message = format!("{summary}{}", reasons.collect::<String>());
    let error = Error::new(kind, message);
    match soonest(excluded) {
        Some(after) => error.with_retry(Retry::After(after)),
        None => error,
    }
}

fn combined(notes: &Notes, deadline_passed: bool) -> Error {
    let useful = notes.errors.iter().map(|(_, error)| error).min_by_key(|error| usefulness(error));
    let Some(useful) = useful else {
        return if deadline_passed {
            Error::new(ErrorKind::Deadline, "the deadline of the request passed")
        } else {
            nobody(&notes.excluded)
        };
    };
    let late = deadline_passed && useful.label() == ErrorLabel::Timeout;
    let kind = if late { ErrorKind::Deadline } else { useful.kind() };
    let mut message = format!("none of {} models answered", notes.errors.len());
    for (model, error) in &notes.errors {
        let _infallible = write!(message, "; {}: {}", model.model, error.kind());
    }
    for left in &notes.excluded {
        let _infallible = write!(message, "; {}: not called, {}", left.model, left.reason);
    }
    let mut error = Error::new(kind, message);
    if let Some(status) = useful.status().filter(|_| !late) {
        error = error.with_status(status);
    }
    match soonest(&notes.excluded) {
        _ if late => error.with_retry(Retry::Never),
        Some(after) if useful.is_retryable() => error.with_retry(Retry::After(after)),
        _ => match useful.retry() {
            Some(retry) => error.with_retry(retry),
            None => error,
        },
    }
}

/// Lower is more useful to the caller: what the caller can mend, then what the owner of the key
/// can, then what time mends.
fn usefulness(error: &Error) -> u8 {
    use ErrorKind as Kind;

    match error.kind() {
        Kind::InvalidRequest
        | Kind::ContextLength
        | Kind::UnsupportedParam
        | Kind::PayloadTooLarge
        | Kind::Unprocessable
        | Kind::ContentPolicy => 0,
        Kind::UpstreamAuth | Kind::UpstreamForbidden | Kind::QuotaExhausted => 1,
        _ => match error.label() {
            ErrorLabel::RateLimit => 2,
            ErrorLabel::Timeout => 3,
            ErrorLabel::ModelUnavailable => 4,
            ErrorLabel::ApiError => 5,
        },
    }
}

/// When the first resting model returns.
fn soonest(excluded: &[Exclusion]) -> Option<std::time::Duration> {
    let rests = excluded.iter().filter_map(|left| match left.reason {
        ExclusionReason::CoolingDown { remaining }
        | ExclusionReason::CredentialParked { remaining } => Some(remaining),
        _ => None,
    });
    rests.min()
}
