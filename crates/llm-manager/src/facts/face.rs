//! What `LlmManager` knows of its models, and how it learns more.

use llm_core::{ExclusionReason, ModelInfo, ModelRef, ProviderId, Timestamp};

use super::{
    catalogues::{Learned, address_of},
    fact::ModelFacts,
    listing::nearest_ids,
};
use crate::{LlmManager, config::ConfiguredModel};

impl LlmManager {
    /// What is known of `model` and from where: its provider's catalogue, if it was ever read,
    /// else the configuration.
    pub fn facts(&self, model: &ModelRef) -> ModelFacts {
        self.0.known().facts(&self.0.config, &self.0.described(model))
    }

    /// When the catalogue of `provider` was read last, in this process or an earlier one. `None`
    /// if it never was at its present address.
    pub fn catalogue_learned(&self, provider: &ProviderId) -> Option<Timestamp> {
        self.0.known().get(provider).map(|catalogue| catalogue.read_at)
    }

    /// Every provider in the order of the configuration, and why it cannot be called, if it cannot.
    pub fn providers(&self) -> Vec<(ProviderId, Option<ExclusionReason>)> {
        let obstacle = |id: &ProviderId| self.0.providers.get(id)?.provider.as_ref().err().cloned();
        let providers = self.0.config.providers();
        providers.map(|(id, _)| (id.clone(), obstacle(&id))).collect()
    }

    /// The names most like that of `model` among what its provider lists, the best first; none if
    /// its catalogue was never read, or lists the model.
    pub fn nearest_models(&self, model: &ModelRef) -> Vec<String> {
        let known = self.0.known();
        let Some(catalogue) = known.get(&model.provider) else { return Vec::new() };
        let name = |id| {
            let near = ModelRef::new(model.provider.clone(), id);
            let is_plain = self.resolve(near.model.as_str()).is_ok_and(|found| found == near);
            if is_plain { near.model.to_string() } else { near.to_string() }
        };
        nearest_ids(&catalogue.models, &model.model).into_iter().map(name).collect()
    }

    /// Takes in what the catalogue of `provider` lists: requests from now on are planned by it, and
    /// later processes know it. [`catalogue`](Self::catalogue) does this by itself.
    pub fn learn_catalogue(&self, provider: &ProviderId, models: &[ModelInfo]) {
        let inner = &self.0;
        let Some(address) = address_of(&inner.config, provider) else { return };
        let learned = Learned {
            provider: provider.clone(),
            address,
            read_at: self.now(),
            models: models.to_vec(),
        };
        // Held until the engine knows: a model that is admitted meanwhile waits for the new facts.
        let mut known = inner.known_mut();
        if let Some(writer) = &inner.writer {
            writer.send_catalogue(learned.clone());
        }
        known.insert(learned);
        let targets = self.targets();
        let theirs = targets.iter().filter(|target| target.model.provider == *provider);
        let facts = theirs.map(|target| {
            let facts = known.facts(&inner.config, &inner.described(&target.model));
            (target.model.clone(), facts.capabilities(), facts.price())
        });
        inner.engine.learn(facts.collect::<Vec<_>>());
    }
}

impl crate::manager::Inner {
    /// The model as the configuration describes it.
    fn described(&self, model: &ModelRef) -> ConfiguredModel {
        let configured = self.config.models().iter().find(|known| known.model == *model);
        configured.cloned().unwrap_or_else(|| ConfiguredModel::unlisted(model.clone()))
    }
}
