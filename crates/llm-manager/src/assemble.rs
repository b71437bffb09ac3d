//! From the configuration to what the engine is told.

use std::{collections::HashMap, sync::Arc, time::Duration};

use llm_core::{ExclusionReason, ModelRef, Provider, ProviderId, Timestamp};
use llm_strategies::{
    Commit, EngineSettings, Observer, RequestDefaults, Target, Timeouts, WhenAllUnavailable,
};

use crate::{
    build_error::BuildError,
    config::{
        CommitMode, Config, ConfiguredModel, ModelSettings, ProviderSettings, Seconds,
        TimeoutSettings, UnavailableMode, UpstreamStream,
    },
    registry::{ProviderFactory, ProviderSetup, Registry},
};

/// How long a connection may take, where nothing is configured.
const CONNECT: Duration = Duration::from_secs(5);

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
    settings.fallback_on_refusal = llm.fallback_on_refusal;
    settings.seed = llm.seed.unwrap_or_else(|| fastrand::u64(..));
    settings.now = now;
    settings.observer = observer;
    settings
}

/// Every configured model with who serves it, in chain order.
pub(crate) fn targets(config: &Config, registry: &Registry) -> Result<Vec<Target>, BuildError> {
    let mut providers = HashMap::new();
    for (id, settings) in config.providers() {
        providers.insert(id.clone(), Connected::new(config, registry, &id, settings)?);
    }
    let target = |model: &ConfiguredModel| {
        let connected = providers.get(&model.model.provider)?;
        Some(connected.target(config, model))
    };
    Ok(config.models().iter().filter_map(target).collect())
}

/// A model at a provider that serves any, which no role names.
pub(crate) fn unlisted(
    config: &Config,
    registry: &Registry,
    model: &ModelRef,
) -> Result<Option<Target>, BuildError> {
    let found = config.providers().find(|(id, _)| *id == model.provider);
    let Some((id, settings)) = found else { return Ok(None) };
    let connected = Connected::new(config, registry, &id, settings)?;
    let named = ConfiguredModel::unlisted(model.clone());
    Ok(Some(connected.target(config, &named)))
}

/// A provider, or why there is none.
struct Connected<'a> {
    settings: &'a ProviderSettings,
    factory: Option<&'a Arc<dyn ProviderFactory>>,
    provider: Result<Arc<dyn Provider>, ExclusionReason>,
}

impl<'a> Connected<'a> {
    fn new(
        config: &Config,
        registry: &'a Registry,
        id: &ProviderId,
        settings: &'a ProviderSettings,
    ) -> Result<Self, BuildError> {
        if !settings.enabled {
            let provider = Err(ExclusionReason::Disabled);
            return Ok(Self { settings, factory: None, provider });
        }
        let factory = registry.get(&settings.kind).ok_or_else(|| BuildError::UnknownKind {
            provider: id.clone(),
            kind: settings.kind.clone(),
            known: registry.phrase(),
        })?;
        let key = settings.api_key.as_ref().filter(|key| !key.is_empty());
        let provider = if key.is_none() && !factory.is_keyless() {
            Err(ExclusionReason::MissingKey(settings.missing_key.clone()))
        } else {
            let setup = ProviderSetup {
                id: id.clone(),
                base_url: settings.base_url.clone(),
                api_key: key.map(|key| key.secret().clone()),
                headers: settings
                    .headers
                    .iter()
                    .map(|(name, value)| (name.clone(), value.secret().clone()))
                    .collect(),
                connect_timeout: limit(config, settings, |limits| limits.connect, CONNECT),
            };
            let failed = |source| BuildError::Provider { provider: id.clone(), source };
            Ok(factory.build(setup).map_err(failed)?)
        };
        Ok(Self { settings, factory: Some(factory), provider })
    }

    fn target(&self, config: &Config, model: &ConfiguredModel) -> Target {
        let settings = &model.settings;
        let name = model.model.clone();
        let mut target = match &self.provider {
            _ if !settings.enabled => Target::excluded(name, ExclusionReason::Disabled, model.role),
            Ok(provider) => Target::new(name, Arc::clone(provider), model.role),
            Err(reason) => Target::excluded(name, reason.clone(), model.role),
        };
        target.capabilities = settings.capabilities();
        target.price = settings.price();
        target.defaults = defaults(settings);
        target.timeouts = self.timeouts(config, settings);
        target.upstream_stream = match settings
            .upstream_stream
            .unwrap_or(self.settings.upstream_stream)
        {
            UpstreamStream::On => true,
            UpstreamStream::Off => false,
            UpstreamStream::Auto => self.factory.is_none_or(|factory| factory.prefers_streams()),
        };
        target
    }

    /// The model's limits, then the provider's, then those of all.
    fn timeouts(&self, config: &Config, model: &ModelSettings) -> Timeouts {
        let chosen = |read: fn(&TimeoutSettings) -> Option<Seconds>, default| {
            let own = read(&model.timeouts).map(|limit| limit.0);
            own.unwrap_or_else(|| limit(config, self.settings, read, default))
        };
        let mut timeouts = Timeouts::default();
        timeouts.first_token = chosen(|limits| limits.first_token, timeouts.first_token);
        timeouts.idle = chosen(|limits| limits.idle, timeouts.idle);
        timeouts.progress = chosen(|limits| limits.progress, timeouts.progress);
        timeouts
    }
}

/// A limit of a provider, else of all, else the default.
fn limit(
    config: &Config,
    provider: &ProviderSettings,
    read: impl Fn(&TimeoutSettings) -> Option<Seconds>,
    default: Duration,
) -> Duration {
    let everywhere = &config.settings().llm.timeouts;
    read(&provider.timeouts).or_else(|| read(everywhere)).map_or(default, |limit| limit.0)
}

fn defaults(model: &ModelSettings) -> RequestDefaults {
    let mut defaults = RequestDefaults::default();
    defaults.sampling.max_tokens = model.max_tokens;
    defaults.sampling.temperature = model.temperature;
    defaults.sampling.top_p = model.top_p;
    defaults.extras.clone_from(&model.extra_body);
    defaults
}
