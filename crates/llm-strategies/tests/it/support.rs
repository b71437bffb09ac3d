//! What the tests share: an engine over scripted models, and short forms of what they look at.

use std::{sync::Arc, time::Duration};

use llm_core::{
    Attempt, ChatRequest, Error, ErrorKind, ModelRef, ModelRole, Outcome, Price, Provider, Result,
    Retry, Strategy,
};
use llm_strategies::{CallOptions, Engine, EngineSettings, Fallback, Target};
use llm_testkit::fakes::{ScriptedProvider, Step};
use rust_decimal::Decimal;

pub(crate) use llm_core::ModelRole::{Duplicate, Primary, Reserve};

pub(crate) const LAST_RESORT: ModelRole = ModelRole::Fallback;

pub(crate) fn seconds(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

pub(crate) fn scripted<const N: usize>(models: [(&str, Vec<Step>); N]) -> Arc<ScriptedProvider> {
    let provider = ScriptedProvider::new("mock");
    for (model, steps) in models {
        provider.script(model, steps);
    }
    Arc::new(provider)
}

pub(crate) fn model(name: &str) -> ModelRef {
    ModelRef::new("mock", name)
}

pub(crate) fn target(
    provider: &Arc<impl Provider>,
    name: &str,
    role: impl Into<Option<ModelRole>>,
) -> Target {
    Target::new(model(name), Arc::clone(provider) as Arc<dyn Provider>, role.into())
}

pub(crate) fn engine_of(targets: impl IntoIterator<Item = Target>) -> Engine {
    Engine::new(EngineSettings::default(), targets.into_iter().collect())
}

/// An engine over models of `provider`, in chain order.
pub(crate) fn engine(provider: &Arc<ScriptedProvider>, chain: &[(&str, ModelRole)]) -> Engine {
    engine_with(EngineSettings::default(), provider, chain)
}

pub(crate) fn engine_with(
    settings: EngineSettings,
    provider: &Arc<ScriptedProvider>,
    chain: &[(&str, ModelRole)],
) -> Engine {
    let targets = chain.iter().map(|(name, role)| target(provider, name, *role));
    Engine::new(settings, targets.collect())
}

/// Settings, changed.
pub(crate) fn settings(change: impl FnOnce(&mut EngineSettings)) -> EngineSettings {
    let mut settings = EngineSettings::default();
    change(&mut settings);
    settings
}

pub(crate) fn options(change: impl FnOnce(&mut CallOptions)) -> CallOptions {
    let mut options = CallOptions::default();
    change(&mut options);
    options
}

/// Asks along the chain in configured order.
pub(crate) async fn ask(engine: &Engine) -> Result<Outcome> {
    ask_with(engine, &Fallback).await
}

pub(crate) async fn ask_with(engine: &Engine, strategy: &dyn Strategy) -> Result<Outcome> {
    engine.generate(strategy, ChatRequest::from("Hi"), &CallOptions::default()).await
}

/// The story of a request in one line: `a:ok b:overloaded`.
pub(crate) fn story(attempts: &[Attempt]) -> String {
    let each =
        attempts.iter().map(|attempt| format!("{}:{}", attempt.model, attempt.outcome.as_str()));
    each.collect::<Vec<_>>().join(" ")
}

/// The models left out, with reasons.
pub(crate) fn left_out(excluded: &[llm_core::Exclusion]) -> String {
    let each = excluded.iter().map(|left| format!("{}: {}", left.model, left.reason));
    each.collect::<Vec<_>>().join("; ")
}

/// The models called so far, in order.
pub(crate) fn called(provider: &ScriptedProvider) -> String {
    provider.called_models().iter().map(llm_core::ModelId::as_str).collect::<Vec<_>>().join(" ")
}

pub(crate) fn asks_to_wait(kind: ErrorKind, hint: f64) -> Step {
    Step::fail(
        Error::new(kind, "scripted").with_status(429).with_retry(Retry::After(seconds(hint))),
    )
}

pub(crate) fn price(micro_dollars: i64) -> Price {
    Price::per_token(Decimal::new(micro_dollars, 6), Decimal::new(micro_dollars, 6))
}

#[track_caller]
pub(crate) fn assert_about(actual: Duration, expected: f64, tolerance: f64) {
    let difference = (actual.as_secs_f64() - expected).abs();
    assert!(difference <= tolerance, "{actual:?} is not about {expected} s");
}

/// How long a model rests now.
pub(crate) fn resting(engine: &Engine, name: &str) -> Duration {
    let standing = engine.standings().into_iter().find(|standing| standing.model.model == *name);
    match standing.unwrap().obstacle {
        Some(
            llm_core::ExclusionReason::CoolingDown { remaining }
            | llm_core::ExclusionReason::CredentialParked { remaining },
        ) => remaining,
        _ => Duration::ZERO,
    }
}

/// What is known of a model.
pub(crate) fn statistics(engine: &Engine, name: &str) -> llm_core::ModelStatistics {
    let standing = engine.standings().into_iter().find(|standing| standing.model.model == *name);
    standing.unwrap().statistics
}
