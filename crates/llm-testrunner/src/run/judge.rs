//! From what came back to a call's part of the report.

use std::time::Duration;

use llm_core::{Billed, ChatResponse, Cost, Error, Observation, Timestamp};
use rust_decimal::prelude::ToPrimitive;

use super::{call::Measured, check, schedule::Job};
use crate::{
    report::{CallReport, Purpose},
    target::TestTarget,
    taxonomy::{self, CallVerdict, Circumstances},
};

const CANCELLED: &str = "cancelled";

/// When a call was due and when it was sent, after the run began.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sending {
    pub(super) planned: Duration,
    pub(super) sent: Duration,
}

/// The report of a call.
pub(super) fn report(
    target: &TestTarget,
    job: &Job,
    sending: Sending,
    measured: &Measured,
) -> CallReport {
    let mut report = blank(job.purpose, job.streamed, sending);
    report.elapsed_ms = millis(measured.elapsed);
    report.first_token_ms = measured.first_token.map(millis);
    report.first_content_ms = measured.first_content.map(millis);
    report.limit_ms = measured.limit.map(millis);
    match &measured.result {
        Ok(response) => answered(&mut report, target, response),
        Err(error) => failed(&mut report, target, error),
    }
    report
}

/// The report of a call that was dropped when the run was stopped.
pub(super) fn cancelled(
    purpose: Purpose,
    streamed: bool,
    sending: Sending,
    elapsed: Duration,
) -> CallReport {
    let mut report = blank(purpose, streamed, sending);
    report.elapsed_ms = millis(elapsed);
    report.verdict = CallVerdict::Skipped;
    report.error_type = Some(CANCELLED.to_owned());
    report.message = Some("the run was stopped".to_owned());
    report.hint = Some("run the test again".to_owned());
    report
}

/// What the call teaches about the model; nothing when it was answered to warm up.
pub(super) fn observation(job: &Job, measured: &Measured, at: Timestamp) -> Option<Observation> {
    match &measured.result {
        Ok(_) if job.purpose == Purpose::WarmUp => None,
        Ok(response) => {
            let counted = response.usage.as_ref().and_then(|usage| usage.output_tokens);
            let output_tokens = counted.unwrap_or_else(|| estimated_tokens(response));
            let elapsed = response.without_load(measured.elapsed);
            let first_token = measured.first_token.map(|first| response.without_load(first));
            Some(Observation::Success { at, elapsed, first_token, output_tokens })
        }
        Err(error) => {
            let blamed = taxonomy::blames_model(error.kind());
            Some(Observation::Failure { at, blamed })
        }
    }
}

/// Milliseconds, to the microsecond.
pub(super) fn millis(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}

fn blank(purpose: Purpose, streamed: bool, sending: Sending) -> CallReport {
    CallReport {
        purpose,
        streamed,
        verdict: CallVerdict::Ok,
        planned_ms: millis(sending.planned),
        queued_ms: millis(sending.sent.saturating_sub(sending.planned)),
        elapsed_ms: 0.0,
        first_token_ms: None,
        first_content_ms: None,
        limit_ms: None,
        error_type: None,
        status: None,
        message: None,
        hint: None,
        finish_reason: None,
        served_by: None,
        input_tokens: None,
        output_tokens: None,
        billed: Billed::Maybe,
        cost_usd: None,
        cost_source: None,
    }
}

fn answered(report: &mut CallReport, target: &TestTarget, response: &ChatResponse) {
    report.billed = Billed::Yes;
    report.finish_reason = response.finish_reason.as_ref().map(ToString::to_string);
    let other = response.model.as_ref().filter(|model| **model != target.model.model);
    report.served_by = other.map(ToString::to_string);
    if let Some(usage) = &response.usage {
        report.input_tokens = usage.input_tokens;
        report.output_tokens = usage.output_tokens;
    }
    if let Some(cost) = cost(target, response) {
        report.cost_usd = cost.usd.to_f64();
        report.cost_source = Some(cost.source);
    }
    let found = match report.purpose {
        Purpose::Json => check::json(response),
        Purpose::Tools => check::tool_call(response),
        Purpose::WarmUp | Purpose::Chat | Purpose::Stream => Ok(()),
    };
    if let Err(finding) = found {
        report.verdict = CallVerdict::CapabilityOff;
        report.error_type = Some(finding.error_type.to_owned());
        report.message = Some(finding.message);
        report.hint = Some(finding.hint.to_owned());
    }
}

fn failed(report: &mut CallReport, target: &TestTarget, error: &Error) {
    let kind = error.kind();
    let is_check = matches!(report.purpose, Purpose::Json | Purpose::Tools | Purpose::Stream);
    report.verdict = if is_check && taxonomy::says_no(kind) {
        CallVerdict::CapabilityOff
    } else {
        taxonomy::verdict(kind)
    };
    report.error_type = Some(kind.as_str().to_owned());
    report.status = error.status();
    report.billed = error.execution().billed();
    report.message = Some(error.message().to_owned());
    let facts = Circumstances { retry: error.retry(), nearest: &[] };
    report.hint = Some(match report.verdict {
        CallVerdict::CapabilityOff => "do not ask this model for it".to_owned(),
        _ => taxonomy::hint(kind, target, facts),
    });
}

/// The provider's word first, then the price list; unknown otherwise.
fn cost(target: &TestTarget, response: &ChatResponse) -> Option<Cost> {
    let usage = response.usage.as_ref()?;
    usage.cost.or_else(|| target.price?.cost(usage))
}

fn estimated_tokens(response: &ChatResponse) -> u64 {
    let reasoning = response.message.reasoning.as_deref().map_or(0, str::len);
    u64::try_from((response.text().len() + reasoning).div_ceil(4)).unwrap_or(u64::MAX)
}

/// Whether the call was dropped when the run was stopped.
pub(super) fn is_cancelled(call: &CallReport) -> bool {
    call.error_type.as_deref() == Some(CANCELLED)
}
