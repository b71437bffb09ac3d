//! What the figures recommend for each role.

use llm_core::{ErrorKind, ModelRole};

use super::names::name;
use crate::{
    report::{Confidence, ModelReport, Recommendation, RoleModels, Status, Support, times},
    statistics::p_value,
    taxonomy::CallVerdict,
};

/// Failures of a provider as a whole: they say nothing against one model of it.
const OF_THE_PROVIDER: [ErrorKind; 11] = [
    ErrorKind::UpstreamAuth,
    ErrorKind::QuotaExhausted,
    ErrorKind::ConnectRefused,
    ErrorKind::Dns,
    ErrorKind::DnsTimeout,
    ErrorKind::TlsInvalid,
    ErrorKind::TlsHandshake,
    ErrorKind::UpstreamMisconfigured,
    ErrorKind::UnexpectedRedirect,
    ErrorKind::ProtocolViolation,
    ErrorKind::NotJson,
];

/// What is recommended.
#[derive(Clone, Debug, Default)]
pub(crate) struct Advice {
    /// A line a role that has models.
    pub(crate) recommendations: Vec<Recommendation>,
    /// The roles as recommended, those without models left out.
    pub(crate) roles: Vec<RoleModels>,
}

/// What to do with a model of a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Move {
    /// It answers every call.
    Keep,
    /// It answers often enough.
    Behind,
    /// Nothing is wrong with its configuration, but it did not answer often enough.
    Last,
    /// It has no key, or cannot answer while it is configured as it is.
    Remove,
}

/// What `models` recommend.
///
/// A model stays in its role. Within it, models that answer every call come first, faster before
/// slower where their times can be told apart; models that cannot answer are removed. Only a
/// primary role that would be left without a working model takes the next best of the chain.
pub(crate) fn advise(models: &[ModelReport]) -> Advice {
    let promoted = promotion(models);
    let mut advice = Advice::default();
    for role in ModelRole::ALL {
        let now: Vec<&ModelReport> =
            models.iter().filter(|model| model.role == Some(role)).collect();
        if now.is_empty() {
            continue;
        }
        let arriving = promoted.filter(|_| role == ModelRole::Primary);
        let leaving = promoted.filter(|model| model.role == Some(role));
        let mut suggested: Vec<&ModelReport> = arriving.into_iter().collect();
        suggested.extend(ordered(&now).into_iter().filter(|model| !is_same(Some(model), leaving)));

        let names = |list: &[&ModelReport]| list.iter().map(|model| name(model, models)).collect();
        let (now_names, suggested_names): (Vec<String>, Vec<String>) =
            (names(&now), names(&suggested));
        if !suggested_names.is_empty() {
            advice.roles.push(RoleModels { role, models: suggested_names.clone() });
        }
        advice.recommendations.push(Recommendation {
            role,
            now: now_names,
            suggested: suggested_names,
            reason: reason(&now, &suggested, arriving, leaving, models),
            confidence: confidence(&suggested),
            n: suggested.first().map_or(0, |model| model.sent),
        });
    }
    advice
}

/// The model that becomes primary when no primary works.
fn promotion(models: &[ModelReport]) -> Option<&ModelReport> {
    let is_primary = |model: &&ModelReport| model.role == Some(ModelRole::Primary);
    let primaries = models.iter().filter(is_primary);
    if primaries.clone().next().is_none() || primaries.clone().any(|model| model.working) {
        return None;
    }
    let others = models.iter().filter(|model| model.working && model.role.is_some());
    others.min_by_key(|model| (model.role, fate(model), model.speed_rank))
}

/// The models of a role without those to remove, best first.
fn ordered<'a>(now: &[&'a ModelReport]) -> Vec<&'a ModelReport> {
    let mut kept: Vec<&ModelReport> =
        now.iter().copied().filter(|model| fate(model) != Move::Remove).collect();
    kept.sort_by_key(|model| (fate(model), model.speed_rank.unwrap_or(u32::MAX)));
    kept
}

fn fate(model: &ModelReport) -> Move {
    let of_the_provider =
        |error_type: &str| OF_THE_PROVIDER.iter().any(|kind| kind.as_str() == error_type);
    let is_broken = model.failures.iter().any(|failure| {
        failure.verdict == CallVerdict::Failed && !of_the_provider(&failure.error_type)
    });
    match model.status {
        Status::Ok => Move::Keep,
        Status::Degraded if model.working => Move::Behind,
        Status::Failed if is_broken => Move::Remove,
        Status::Degraded | Status::Failed => Move::Last,
        Status::Skipped if is_stopped(model) => Move::Last,
        Status::Skipped => Move::Remove,
    }
}

fn is_stopped(model: &ModelReport) -> bool {
    model.skipped.as_ref().is_some_and(|skip| skip.reason == "cancelled")
}

fn is_same(left: Option<&ModelReport>, right: Option<&ModelReport>) -> bool {
    left.zip(right).is_some_and(|(left, right)| std::ptr::eq(left, right))
}

fn reason(
    now: &[&ModelReport],
    suggested: &[&ModelReport],
    arriving: Option<&ModelReport>,
    leaving: Option<&ModelReport>,
    all: &[ModelReport],
) -> String {
    let mut reasons = Vec::new();
    if let Some(model) = arriving {
        reasons.push(format!("no primary works, {} does", name(model, all)));
    }
    let first = suggested.first().copied().filter(|model| model.good > 0);
    if let Some(first) = first {
        reasons.push(praise(first, suggested.get(1).copied(), all));
    }
    for model in now {
        let name = name(model, all);
        match fate(model) {
            _ if is_same(Some(model), leaving) => reasons.push(format!("{name} becomes primary")),
            Move::Remove => reasons.push(format!("leave out {name}: {}", trouble(model))),
            Move::Last | Move::Behind if is_same(Some(model), first) => {
                reasons.push(format!("its failures: {}", trouble(model)));
            }
            Move::Last | Move::Behind => reasons.push(format!("{name}: {}", trouble(model))),
            Move::Keep => {}
        }
    }
    reasons.join("; ")
}

fn praise(first: &ModelReport, next: Option<&ModelReport>, all: &[ModelReport]) -> String {
    let mut parts = vec![format!("{} answered {} of {}", name(first, all), first.good, first.sent)];
    let p50 = first.time.p50_ms.map(|millis| format!("p50 {:.2} s", millis / 1e3));
    let rival = next.filter(|next| next.good > 0 && first.good > 0);
    match (p50, rival) {
        (Some(p50), Some(next)) => {
            let p = p_value(&times(first), &times(next));
            let against = next.time.p50_ms.map(|millis| format!(" ({:.2} s)", millis / 1e3));
            let against = format!("{}{}", name(next, all), against.unwrap_or_default());
            let than = if first.speed_rank < next.speed_rank { "faster" } else { "slower" };
            parts.push(if p < 0.01 {
                format!("{p50}, {than} than {against}, p<0.01")
            } else if p < 0.05 {
                format!("{p50}, {than} than {against}, p<0.05")
            } else {
                format!("{p50}, too close to {against} to tell which is faster")
            });
        }
        (Some(p50), None) => parts.push(p50),
        (None, _) => {}
    }
    let can = [(first.checks.json, "JSON"), (first.checks.tools, "tools")];
    let can: Vec<&str> =
        can.iter().filter(|(support, _)| *support == Support::Yes).map(|(_, what)| *what).collect();
    if !can.is_empty() {
        parts.push(can.join(" and "));
    }
    parts.join(", ")
}

fn trouble(model: &ModelReport) -> String {
    if let Some(skip) = &model.skipped {
        return skip.reason.clone();
    }
    let failures =
        model.failures.iter().filter(|failure| failure.verdict != CallVerdict::CapabilityOff);
    let told: Vec<String> = failures
        .map(|failure| format!("{} {} of {}", failure.error_type, failure.count, failure.of))
        .collect();
    told.join(", ")
}

fn confidence(suggested: &[&ModelReport]) -> Confidence {
    let Some(first) = suggested.first() else { return Confidence::Medium };
    let clear = suggested
        .get(1)
        .is_none_or(|next| fate(first) != fate(next) || first.speed_rank != next.speed_rank);
    match first.sent {
        0..5 => Confidence::Low,
        10.. if clear => Confidence::High,
        _ => Confidence::Medium,
    }
}
