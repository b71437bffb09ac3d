//! The models of a configuration, in chain order.

use std::collections::HashSet;

use llm_core::{ModelRef, ModelRole};

use super::{
    names::Names,
    settings::{ModelRoles, ModelSettings, Settings},
};

/// A model of a configuration.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ConfiguredModel {
    /// Its address.
    pub model: ModelRef,
    /// Its role; `None` for one that no role names.
    pub role: Option<ModelRole>,
    /// What is said about it.
    pub settings: ModelSettings,
}

impl ConfiguredModel {
    /// A model about which the configuration says nothing, at a provider that serves any.
    pub fn unlisted(model: ModelRef) -> Self {
        let settings = ModelSettings::new(model.model.as_str());
        Self { model, role: None, settings }
    }
}

/// Models that settings name outside the roles.
#[derive(Clone, Debug, Default)]
pub(crate) struct Chosen {
    pub(crate) default: Option<ModelRef>,
    pub(crate) parallel: Vec<ModelRef>,
    pub(crate) evaluator: Option<ModelRef>,
}

impl Chosen {
    pub(crate) fn new(settings: &Settings, names: &Names) -> Self {
        let llm = &settings.llm;
        let resolve = |name: &String| names.resolve(name).ok();
        let first = || llm.model_roles.primary.first().and_then(resolve);
        Self {
            default: llm.default_model.as_ref().and_then(resolve).or_else(first),
            parallel: llm.parallel.models.iter().filter_map(resolve).collect(),
            evaluator: llm.parallel.evaluator_model.as_ref().and_then(resolve),
        }
    }

    fn all(&self) -> impl Iterator<Item = &ModelRef> {
        self.default.iter().chain(&self.parallel).chain(&self.evaluator)
    }
}

/// The names that a role has.
pub(crate) fn of_role(roles: &ModelRoles, role: ModelRole) -> &[String] {
    match role {
        ModelRole::Primary => &roles.primary,
        ModelRole::Duplicate => &roles.duplicate,
        ModelRole::Reserve => &roles.reserve,
        ModelRole::Fallback => &roles.fallback,
    }
}

/// Every model once: the roles in order, then what other settings name, then all that is listed.
pub(crate) fn chain(settings: &Settings, names: &Names, chosen: &Chosen) -> Vec<ConfiguredModel> {
    let in_roles = ModelRole::ALL.into_iter().flat_map(|role| {
        let entries = of_role(&settings.llm.model_roles, role).iter();
        entries.filter_map(move |name| Some((names.resolve(name).ok()?, Some(role))))
    });
    let others = chosen.all().map(|model| (model.clone(), None));
    let listed = names.providers.iter().flat_map(|served| {
        let model = |id: &llm_core::ModelId| ModelRef::new(served.id.clone(), id.clone());
        served.models.iter().map(move |(id, _)| (model(id), None))
    });
    let mut seen = HashSet::new();
    in_roles
        .chain(others)
        .chain(listed)
        .filter(|(model, _)| seen.insert(model.clone()))
        .map(|(model, role)| {
            let said = said(settings, &model);
            let settings = said.unwrap_or_else(|| ModelSettings::new(model.model.as_str()));
            ConfiguredModel { model, role, settings }
        })
        .collect()
}

/// What the list of its provider says about a model.
fn said(settings: &Settings, model: &ModelRef) -> Option<ModelSettings> {
    let provider = settings.providers.get(model.provider.as_str())?;
    provider.models.0.iter().find(|listed| model.model == *listed.name).cloned()
}
