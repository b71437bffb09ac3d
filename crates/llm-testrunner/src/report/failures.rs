//! From failed calls to the failures of a model.

use super::{CallReport, Failure, Purpose};
use crate::taxonomy::CallVerdict;

/// The failures of `calls`, most frequent first, equal ones in the order they came.
pub(super) fn failures(calls: &[CallReport]) -> Vec<Failure> {
    let mut failures: Vec<(Failure, Purpose)> = Vec::new();
    for call in calls.iter().filter(|call| !call.is_good()) {
        let Some(error_type) = &call.error_type else { continue };
        let known = failures.iter_mut().find(|(failure, purpose)| {
            failure.error_type == *error_type && group(*purpose) == group(call.purpose)
        });
        match known {
            Some((failure, _)) => failure.count += 1,
            None => failures.push((first(call, error_type, calls), call.purpose)),
        }
    }
    failures.sort_by_key(|(failure, _)| {
        (failure.verdict == CallVerdict::CapabilityOff, std::cmp::Reverse(failure.count))
    });
    failures.into_iter().map(|(failure, _)| failure).collect()
}

/// The warm-up is a chat call to whoever reads of failures.
fn group(purpose: Purpose) -> Purpose {
    if purpose == Purpose::WarmUp { Purpose::Chat } else { purpose }
}

fn first(call: &CallReport, error_type: &str, calls: &[CallReport]) -> Failure {
    // An answered warm-up is left out here as everywhere.
    let counts = |other: &&CallReport| {
        group(other.purpose) == group(call.purpose)
            && (other.purpose != Purpose::WarmUp || !other.is_good())
    };
    let alike = calls.iter().filter(counts);
    Failure {
        error_type: error_type.to_owned(),
        verdict: call.verdict,
        count: 1,
        of: u32::try_from(alike.count()).unwrap_or(u32::MAX),
        status: call.status,
        message: call.message.clone().unwrap_or_default(),
        limit_ms: call.limit_ms,
        hint: call.hint.clone().unwrap_or_default(),
    }
}
