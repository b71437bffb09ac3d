//! The configured providers: one client each, for all its models.

use std::{collections::HashMap, sync::Arc};

use llm_core::{ExclusionReason, Provider, ProviderId};

use crate::{
    build_error::BuildError,
    config::{Config, ProviderSettings, feature_of},
    limits,
    registry::{ProviderHabits, ProviderSetup, Registry},
};

/// The configured providers.
#[derive(Debug)]
pub(crate) struct Providers(HashMap<ProviderId, Connected>);

/// A provider, or why there is none.
#[derive(Debug)]
pub(crate) struct Connected {
    pub(crate) provider: Result<Arc<dyn Provider>, ExclusionReason>,
    pub(crate) habits: ProviderHabits,
}

impl Providers {
    /// Makes every provider that is switched on and has its key. Opens no connection.
    pub(crate) fn new(config: &Config, registry: &Registry) -> Result<Self, BuildError> {
        let connected = config.providers().map(|(id, settings)| {
            let connected = Connected::new(config, registry, &id, settings)?;
            Ok((id, connected))
        });
        connected.collect::<Result<_, _>>().map(Self)
    }

    /// The provider of this name.
    pub(crate) fn get(&self, id: &ProviderId) -> Option<&Connected> {
        self.0.get(id)
    }
}

impl Connected {
    fn new(
        config: &Config,
        registry: &Registry,
        id: &ProviderId,
        settings: &ProviderSettings,
    ) -> Result<Self, BuildError> {
        if !settings.enabled {
            let provider = Err(ExclusionReason::Disabled);
            return Ok(Self { provider, habits: ProviderHabits::default() });
        }
        let factory = registry.get(&settings.kind);
        let factory = factory.ok_or_else(|| unknown_kind(registry, id, &settings.kind))?;
        let habits = factory.habits();
        let key = settings.api_key.as_ref().filter(|key| !key.is_empty());
        // A key that somebody means to send is needed, whatever the kind.
        if key.is_none() && (habits.needs_key || settings.missing_key.is_some()) {
            let reason = ExclusionReason::MissingKey(settings.missing_key.clone());
            return Ok(Self { provider: Err(reason), habits });
        }
        let headers = settings.headers.iter();
        let setup = ProviderSetup {
            id: id.clone(),
            base_url: settings.base_url.clone(),
            api_key: key.map(|key| key.secret().clone()),
            headers: headers.map(|(name, value)| (name.clone(), value.secret().clone())).collect(),
            connect_timeout: limits::connect(config, settings),
        };
        let failed = |source| BuildError::Provider { provider: id.clone(), source };
        Ok(Self { provider: Ok(factory.build(setup).map_err(failed)?), habits })
    }
}

fn unknown_kind(registry: &Registry, provider: &ProviderId, kind: &str) -> BuildError {
    let (provider, kind) = (provider.clone(), kind.to_owned());
    match feature_of(&kind) {
        Some(feature) => BuildError::FeatureOff { provider, kind, feature },
        None => BuildError::UnknownKind { provider, kind, known: registry.phrase() },
    }
}
