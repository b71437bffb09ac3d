//! From the configuration to what the engine is told.

use std::sync::Arc;

use llm_core::{ExclusionReason, ModelRef, Timestamp};
use llm_strategies::{
    Commit, EngineSettings, Observer, RequestDefaults, Target, WhenAllUnavailable,
};

use crate::{
    config::{CommitMode, Config, ConfiguredModel, ModelSettings, UnavailableMode, UpstreamStream},
    facts::Catalogues,
    limits,
    providers::Providers,
};

/// What the engine is told once.
pub(crate) fn engine_settings(
    config: &Config,
    now: Timestamp,
    observer: Option<Observer>,
) -> EngineSettings {
    let llm = &config.settings().llm;
    let window = llm.streaming.window;
    let mut settings = EngineSettings::default();
    settings.timeout = llm.timeout.0;
    settings.retry_attempts = llm.retry_attempts;
    settings.wait_inline = llm.retry.wait_inline.0;
    settings.commit = match llm.streaming.commit {
        CommitMode::FirstToken => Commit::FirstToken,
        CommitMode::Window => Commit::Window { tokens: window.tokens, time: window.time.0 },
        CommitMode::Complete => Commit::Complete,
    };
    settings.when_all_unavailable = match llm.when_all_unavailable {
        UnavailableMode::Try => WhenAllUnavailable::Try,
        UnavailableMode::Fail => WhenAllUnavailable::Fail,
    };
    settings.hedging = llm.hedging.enabled;
    settings.fallback_on_refusal = llm.fallback_on_refusal;
    settings.seed = llm.seed.unwrap_or_else(|| fastrand::u64(..));
    settings.now = now;
    settings.observer = observer;
    settings
}

/// Every configured model with who serves it, in chain order.
pub(crate) fn targets(config: &Config, providers: &Providers, known: &Catalogues) -> Vec<Target> {
    config.models().iter().filter_map(|model| target(config, providers, known, model)).collect()
}

/// A model at a provider that serves any, which the configuration does not mention.
pub(crate) fn unlisted(
    config: &Config,
    providers: &Providers,
    known: &Catalogues,
    model: &ModelRef,
) -> Option<Target> {
    target(config, providers, known, &ConfiguredModel::unlisted(model.clone()))
}

fn target(
    config: &Config,
    providers: &Providers,
    known: &Catalogues,
    model: &ConfiguredModel,
) -> Option<Target> {
    let of_provider = config.settings().providers.get(model.model.provider.as_str())?;
    let connected = providers.get(&model.model.provider)?;
    let (settings, name) = (&model.settings, model.model.clone());
    let mut target = match &connected.provider {
        _ if !settings.enabled => Target::excluded(name, ExclusionReason::Disabled, model.role),
        Ok(provider) => Target::new(name, Arc::clone(provider), model.role),
        Err(reason) => Target::excluded(name, reason.clone(), model.role),
    };
    let facts = known.facts(config, model);
    target.capabilities = facts.capabilities();
    target.price = facts.price();
    target.reactions = config.settings().llm.soft_failures.reactions(model.role);
    target.defaults = defaults(settings);
    target.timeouts = limits::of_model(config, of_provider, settings, connected.habits);
    let upstream_stream = settings.upstream_stream.unwrap_or(of_provider.upstream_stream);
    target.upstream_stream = match upstream_stream {
        UpstreamStream::On => true,
        UpstreamStream::Off => false,
        UpstreamStream::Auto => connected.habits.prefers_streams,
    };
    target.stream_on_request = upstream_stream == UpstreamStream::Auto;
    Some(target)
}

fn defaults(model: &ModelSettings) -> RequestDefaults {
    let mut defaults = RequestDefaults::default();
    defaults.sampling.max_tokens = model.max_tokens;
    defaults.sampling.temperature = model.temperature;
    defaults.sampling.top_p = model.top_p;
    defaults.extras.clone_from(&model.extra_body);
    defaults
}
