//! From failed calls to the failures of a model.

use super::{CallReport, Failure, Purpose};
use crate::taxonomy::CallVerdict;

/// The failures of `calls`, most frequent first, equal ones in the order they came.
///
/// What a check finds the model unable to do stands by itself. Everything else happens to calls
/// whatever they are for, so it is one failure for all of them.
pub(super) fn failures(calls: &[CallReport]) -> Vec<Failure> {
    let mut failures: Vec<(Failure, Vec<Purpose>)> = Vec::new();
    for call in calls.iter().filter(|call| !call.is_good()) {
        let Some(error_type) = &call.error_type else { continue };
        let purpose = group(call.purpose);
        let known = failures.iter_mut().find(|(failure, purposes)| {
            let is_off = CallVerdict::CapabilityOff;
            let alike = failure.verdict != is_off && call.verdict != is_off;
            failure.error_type == *error_type && (alike || purposes.contains(&purpose))
        });
        match known {
            Some((failure, purposes)) => {
                failure.count += 1;
                if !purposes.contains(&purpose) {
                    purposes.push(purpose);
                }
            }
            None => failures.push((first(call, error_type), vec![purpose])),
        }
    }
    for (failure, purposes) in &mut failures {
        failure.of = of(calls, purposes);
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

/// Calls of these purposes. An answered warm-up is left out here as everywhere.
fn of(calls: &[CallReport], purposes: &[Purpose]) -> u32 {
    let counts = |call: &&CallReport| {
        purposes.contains(&group(call.purpose))
            && (call.purpose != Purpose::WarmUp || !call.is_good())
    };
    u32::try_from(calls.iter().filter(counts).count()).unwrap_or(u32::MAX)
}

fn first(call: &CallReport, error_type: &str) -> Failure {
    Failure {
        error_type: error_type.to_owned(),
        verdict: call.verdict,
        count: 1,
        of: 0,
        status: call.status,
        message: call.message.clone().unwrap_or_default(),
        limit_ms: call.limit_ms,
        hint: call.hint.clone().unwrap_or_default(),
    }
}
