//! The catalogues that were read, each of one provider at one address.

use std::collections::BTreeMap;

use llm_core::{ModelInfo, ProviderId, Timestamp};
use serde::{Deserialize, Serialize};

use super::{
    fact::ModelFacts,
    listing::{fingerprint, listed},
    merge::merge,
};
use crate::config::{Config, ConfiguredModel};

/// A catalogue, and when it was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Learned {
    /// The provider, as configured.
    pub(crate) provider: ProviderId,
    /// The fingerprint of where it was: another address has another catalogue.
    pub(crate) address: String,
    /// When it was read.
    pub(crate) read_at: Timestamp,
    /// What it lists.
    pub(crate) models: Vec<ModelInfo>,
}

/// The catalogues of the providers of a configuration, as far as they were read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Catalogues(BTreeMap<ProviderId, Learned>);

impl Learned {
    /// Whether both are of the same provider at the same address.
    pub(crate) fn is_of_same(&self, other: &Self) -> bool {
        self.provider == other.provider && self.address == other.address
    }
}

impl Catalogues {
    /// Those of `kept` that are of this configuration's providers at their addresses.
    pub(crate) fn of(config: &Config, kept: Vec<Learned>) -> Self {
        let is_ours = |learned: &Learned| {
            address_of(config, &learned.provider).is_some_and(|address| address == learned.address)
        };
        let ours = kept.into_iter().filter(is_ours);
        Self(ours.map(|learned| (learned.provider.clone(), learned)).collect())
    }

    /// The catalogue of a provider.
    pub(crate) fn get(&self, provider: &ProviderId) -> Option<&Learned> {
        self.0.get(provider)
    }

    /// Takes in a catalogue in place of the one before.
    pub(crate) fn insert(&mut self, learned: Learned) {
        self.0.insert(learned.provider.clone(), learned);
    }

    /// What is known of `model`.
    pub(crate) fn facts(&self, config: &Config, model: &ConfiguredModel) -> ModelFacts {
        let catalogue = self.get(&model.model.provider);
        let listed = catalogue.and_then(|known| listed(&known.models, &model.model.model));
        let mut facts = merge(listed.as_deref(), &model.settings);
        if !facts.contradictions.is_empty() {
            let place = config.path_of_model(&model.model).unwrap_or_default();
            for contradiction in &mut facts.contradictions {
                contradiction.setting = format!("{place}.{}", contradiction.setting);
            }
        }
        facts
    }
}

/// The fingerprint of where a configured provider is.
pub(crate) fn address_of(config: &Config, provider: &ProviderId) -> Option<String> {
    let (_, settings) = config.providers().find(|(id, _)| id == provider)?;
    let base_url = settings.base_url.as_deref().unwrap_or_default().trim_end_matches('/');
    Some(fingerprint(&format!("{} {base_url}", settings.kind)))
}
