//! From the calls of a model to its part of the report.

use llm_core::ErrorKind;

use super::{
    CallReport, Checks, Distribution, Failure, Interval, ModelReport, Purpose, Skip, Status,
    Support, failures::failures,
};
use crate::{
    statistics::{median, percentile, wilson},
    target::TestTarget,
    taxonomy::CallVerdict,
};

/// A degraded model is judged by its interval from this many calls on; with fewer, even a perfect
/// one would not reach the bar.
const ENOUGH: u32 = 5;

/// A model that was not tried.
pub(crate) fn skipped(target: &TestTarget, skip: Skip) -> ModelReport {
    ModelReport { skipped: Some(skip), ..blank(target, Status::Skipped) }
}

/// A model that its provider does not list; nothing was sent.
pub(crate) fn unlisted(target: &TestTarget, hint: String) -> ModelReport {
    let failure = Failure {
        error_type: ErrorKind::ModelNotFound.as_str().to_owned(),
        verdict: CallVerdict::Failed,
        count: 1,
        of: 1,
        status: None,
        message: format!("not in the catalogue of {}; nothing was sent", target.model.provider),
        limit_ms: None,
        hint,
    };
    ModelReport { failures: vec![failure], ..blank(target, Status::Failed) }
}

/// A model that was called.
pub(crate) fn answered(
    target: &TestTarget,
    calls: Vec<CallReport>,
    not_sent: u32,
    min_success: f64,
) -> ModelReport {
    let measured = measured(&calls);
    let good: Vec<&CallReport> = measured.iter().copied().filter(|call| call.is_good()).collect();
    let (n_good, n_sent) = (count(good.len()), count(measured.len()));
    let status = match n_good {
        _ if n_sent == 0 => Status::Skipped,
        0 => Status::Failed,
        _ if n_good == n_sent => Status::Ok,
        _ => Status::Degraded,
    };
    let interval = wilson(n_good, n_sent)
        .map(|ends| Interval { low: round(ends.low, 1e4), high: round(ends.high, 1e4) });
    let reliable = n_sent >= ENOUGH && interval.is_some_and(|interval| interval.low >= min_success);
    let elapsed: Vec<f64> = good.iter().map(|call| call.elapsed_ms).collect();
    let first_token: Vec<f64> = good.iter().filter_map(|call| call.first_token_ms).collect();
    let speeds: Vec<f64> = good.iter().filter_map(|call| tokens_per_second(call)).collect();
    let costs: Vec<f64> = good.iter().filter_map(|call| call.cost_usd).collect();
    let cold = calls.iter().find(|call| call.purpose == Purpose::WarmUp && call.is_good());
    ModelReport {
        working: status == Status::Ok || (status == Status::Degraded && reliable),
        good: n_good,
        sent: n_sent,
        interval,
        time: distribution(&elapsed),
        first_token: distribution(&first_token),
        cold_ms: cold.map(|call| call.elapsed_ms),
        last_ms: elapsed.last().copied(),
        tokens_per_second: median(&speeds).map(|speed| round(speed, 1e2)),
        usd_per_1k_calls: mean(&costs).map(|cost| round(cost * 1e3, 1e9)),
        cost_source: good.iter().find_map(|call| call.cost_source),
        checks: checks(target, &calls),
        skipped: (status == Status::Skipped).then(|| unfinished(&calls)),
        failures: failures(&calls),
        not_sent,
        calls,
        ..blank(target, status)
    }
}

/// Why a model whose calls all came to nothing counts as not tried.
fn unfinished(calls: &[CallReport]) -> Skip {
    let reason = calls.iter().find_map(|call| call.error_type.clone());
    let hint = "run the test again".to_owned();
    Skip { reason: reason.unwrap_or_else(|| "cancelled".to_owned()), hint }
}

/// The calls that count: chat calls that say something about the model. When a failed warm-up was
/// the end of it, it stands for them.
pub(super) fn measured(calls: &[CallReport]) -> Vec<&CallReport> {
    let told = || calls.iter().filter(|call| call.verdict != CallVerdict::Skipped);
    let chats: Vec<&CallReport> = told().filter(|call| call.purpose == Purpose::Chat).collect();
    if chats.is_empty() {
        return told().filter(|call| call.verdict == CallVerdict::Failed).take(1).collect();
    }
    chats
}

fn blank(target: &TestTarget, status: Status) -> ModelReport {
    ModelReport {
        provider: target.model.provider.to_string(),
        model: target.model.model.to_string(),
        role: target.role,
        place: target.place.clone(),
        status,
        working: false,
        good: 0,
        sent: 0,
        interval: None,
        time: Distribution::default(),
        first_token: Distribution::default(),
        cold_ms: None,
        last_ms: None,
        tokens_per_second: None,
        usd_per_1k_calls: None,
        cost_source: None,
        checks: Checks::default(),
        speed_rank: None,
        skipped: None,
        failures: Vec::new(),
        not_sent: 0,
        calls: Vec::new(),
    }
}

fn distribution(sample: &[f64]) -> Distribution {
    let at = |percent| percentile(sample, percent).map(|value| round(value, 1e3));
    Distribution {
        n: count(sample.len()),
        p50_ms: at(50),
        p90_ms: at(90),
        p95_ms: at(95),
        p99_ms: at(99),
    }
}

/// Tokens a second from the first one on where the stream shows when it came, else of the whole
/// call.
fn tokens_per_second(call: &CallReport) -> Option<f64> {
    let tokens = u32::try_from(call.output_tokens?).map(f64::from).ok()?;
    let (tokens, millis) = match call.first_token_ms {
        Some(first) if tokens > 1.0 && call.elapsed_ms > first => {
            (tokens - 1.0, call.elapsed_ms - first)
        }
        _ => (tokens, call.elapsed_ms),
    };
    (tokens > 0.0 && millis > 0.0).then(|| tokens / millis * 1e3)
}

/// What is known without a call (the check was then left out), else what the check found.
fn checks(target: &TestTarget, calls: &[CallReport]) -> Checks {
    let facts = &target.capabilities;
    let or_no = |found: Support, known: Option<bool>| {
        if found == Support::Unknown && known == Some(false) { Support::No } else { found }
    };
    let json = facts.json_object.filter(|_| facts.json_schema != Some(true));
    Checks {
        json: or_no(check(calls, Purpose::Json), json),
        tools: or_no(check(calls, Purpose::Tools), facts.tools),
        stream: or_no(streams(calls), facts.streaming),
    }
}

fn check(calls: &[CallReport], purpose: Purpose) -> Support {
    let call = calls.iter().find(|call| call.purpose == purpose);
    match call.map(|call| (call.verdict, call.error_type.as_deref())) {
        Some((CallVerdict::Ok, _)) => Support::Yes,
        Some((CallVerdict::CapabilityOff, Some("json_fenced"))) => Support::Fenced,
        Some((CallVerdict::CapabilityOff, _)) => Support::No,
        _ => Support::Unknown,
    }
}

/// A model streams when a streamed call was answered.
fn streams(calls: &[CallReport]) -> Support {
    let mut streamed = calls.iter().filter(|call| call.streamed);
    if streamed.any(CallReport::is_good) {
        return Support::Yes;
    }
    check(calls, Purpose::Stream)
}

fn mean(sample: &[f64]) -> Option<f64> {
    (!sample.is_empty()).then(|| sample.iter().sum::<f64>() / f64::from(count(sample.len())))
}

fn round(value: f64, scale: f64) -> f64 {
    (value * scale).round() / scale
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
