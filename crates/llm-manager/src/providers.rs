//! The configured providers: one client each, for all its models.

use std::{collections::HashMap, sync::Arc};

use llm_core::{ExclusionReason, Provider, ProviderId};

use crate::{
    build_error::BuildError,
    config::{Config, ProviderSettings},
    limits,
    registry::{ProviderSetup, Registry},
};

/// The configured providers.
#[derive(Debug)]
pub(crate) struct Providers(HashMap<ProviderId, Connected>);

/// A provider, or why there is none.
#[derive(Debug)]
pub(crate) struct Connected {
    pub(crate) provider: Result<Arc<dyn Provider>, ExclusionReason>,
    /// Whether `upstream_stream: auto` asks for streams.
    pub(crate) prefers_streams: bool,
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
            return Ok(Self { provider: Err(ExclusionReason::Disabled), prefers_streams: true });
        }
        let factory = registry.get(&settings.kind).ok_or_else(|| BuildError::UnknownKind {
            provider: id.clone(),
            kind: settings.kind.clone(),
            known: registry.phrase(),
        })?;
        let prefers_streams = factory.prefers_streams();
        let key = settings.api_key.as_ref().filter(|key| !key.is_empty());
        if key.is_none() && !factory.is_keyless() {
            let reason = ExclusionReason::MissingKey(settings.missing_key.clone());
            return Ok(Self { provider: Err(reason), prefers_streams });
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
        Ok(Self { provider: Ok(factory.build(setup).map_err(failed)?), prefers_streams })
    }
}
