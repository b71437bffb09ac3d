//! From the names people write to models.

use llm_core::{ModelId, ModelRef, ProviderId};

use super::{kind, node::Node, settings::Settings, suggest};

/// Who serves which models, and under which names.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    /// In the order of the configuration.
    pub(crate) providers: Vec<Served>,
    /// The place of the provider of models whose provider is not named.
    default: Option<usize>,
}

/// A provider and the models it lists.
#[derive(Clone, Debug)]
pub(crate) struct Served {
    pub(crate) id: ProviderId,
    pub(crate) is_enabled: bool,
    /// Empty: it serves any model.
    pub(crate) models: Vec<(ModelId, Vec<String>)>,
}

/// A name that stands for no model. Prints with the nearest names.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no provider serves `{}`{}", .name.escape_debug(), suggestion(.near))]
#[non_exhaustive]
pub struct UnknownModel {
    /// The name.
    pub name: String,
    /// Names that are like it, the best first.
    pub near: Vec<String>,
    /// The provider it names, if that one is not configured.
    pub provider: Option<String>,
}

impl Names {
    pub(crate) fn new(tree: &Node, settings: &Settings) -> Self {
        let order = tree.get("providers").map(Node::entries).unwrap_or_default();
        let served = |(name, provider): (&String, &super::ProviderSettings)| Served {
            id: name.as_str().into(),
            is_enabled: provider.enabled,
            models: provider
                .models
                .0
                .iter()
                .map(|model| (model.name.as_str().into(), model.aliases.clone()))
                .collect(),
        };
        let mut providers: Vec<Served> = settings.providers.iter().map(served).collect();
        providers.sort_by_key(|served| order.iter().position(|entry| served.id == *entry.key));
        let named = settings.llm.default_provider.as_deref();
        let default = providers
            .iter()
            .position(|served| Some(served.id.as_str()) == named)
            .or_else(|| providers.iter().position(|served| served.is_enabled))
            .or((!providers.is_empty()).then_some(0));
        Self { providers, default }
    }

    /// The provider of models whose provider is not named.
    pub(crate) fn default_provider(&self) -> Option<&Served> {
        self.providers.get(self.default?)
    }

    pub(crate) fn provider(&self, name: &str) -> Option<&Served> {
        self.providers.iter().find(|served| served.id == *name)
    }

    /// The model that `name` stands for: an id, `provider:id` or an alias, in this order.
    pub(crate) fn resolve(&self, name: &str) -> Result<ModelRef, UnknownModel> {
        if let Some(found) = self.in_turn().find_map(|served| served.listed(name)) {
            return Ok(found);
        }
        if let Some((served, rest)) = self.qualified(name) {
            let found = served.listed(rest).or_else(|| served.by_alias(rest));
            let any = || served.any(rest);
            return found.or_else(any).ok_or_else(|| self.unknown(name));
        }
        if let Some(found) = self.in_turn().find_map(|served| served.by_alias(name)) {
            return Ok(found);
        }
        let unknown = self.unknown(name);
        let any = || self.default_provider()?.any(name).filter(|_| unknown.provider.is_none());
        any().ok_or(unknown)
    }

    /// Every name of every model.
    pub(crate) fn all(&self) -> impl Iterator<Item = &str> {
        self.providers.iter().flat_map(|served| &served.models).flat_map(|(model, aliases)| {
            std::iter::once(model.as_str()).chain(aliases.iter().map(String::as_str))
        })
    }

    /// The default provider, then those that are enabled, then the others.
    fn in_turn(&self) -> impl Iterator<Item = &Served> {
        let of = |is_enabled| {
            self.providers.iter().filter(move |served| served.is_enabled == is_enabled)
        };
        self.default_provider().into_iter().chain(of(true)).chain(of(false))
    }

    /// The provider that stands before the colon, and what follows it. Ids may have a colon too.
    fn qualified<'a>(&self, name: &'a str) -> Option<(&Served, &'a str)> {
        let (provider, rest) = name.split_once(':')?;
        Some((self.provider(provider)?, rest)).filter(|_| !rest.is_empty())
    }

    fn unknown(&self, name: &str) -> UnknownModel {
        let owned = |names: Vec<&str>| names.into_iter().map(ToOwned::to_owned).collect();
        match self.misspelled_provider(name) {
            Some(provider) => UnknownModel {
                name: name.to_owned(),
                near: owned(suggest::nearest(provider, self.provider_names())),
                provider: Some(provider.to_owned()),
            },
            None => UnknownModel {
                name: name.to_owned(),
                near: owned(suggest::nearest(name, self.all())),
                provider: None,
            },
        }
    }

    /// What stands before a colon and is meant as a provider, but is none.
    fn misspelled_provider<'a>(&self, name: &'a str) -> Option<&'a str> {
        let (provider, _) = name.split_once(':')?;
        let is_meant = kind::find(provider).is_some()
            || !suggest::nearest(provider, self.provider_names()).is_empty();
        (is_meant && self.provider(provider).is_none() && !provider.contains('/'))
            .then_some(provider)
    }

    pub(crate) fn provider_names(&self) -> impl Iterator<Item = &str> {
        self.providers.iter().map(|served| served.id.as_str())
    }
}

impl Served {
    fn listed(&self, name: &str) -> Option<ModelRef> {
        let (model, _) = self.models.iter().find(|(model, _)| *model == *name)?;
        Some(ModelRef::new(self.id.clone(), model.clone()))
    }

    fn by_alias(&self, name: &str) -> Option<ModelRef> {
        let is_it = |aliases: &[String]| aliases.iter().any(|alias| alias == name);
        let (model, _) = self.models.iter().find(|(_, aliases)| is_it(aliases))?;
        Some(ModelRef::new(self.id.clone(), model.clone()))
    }

    /// A model that need not be listed. No id is blank or steers a terminal.
    fn any(&self, name: &str) -> Option<ModelRef> {
        let may_be_an_id = !name.trim().is_empty() && !name.contains(char::is_control);
        (self.models.is_empty() && may_be_an_id).then(|| ModelRef::new(self.id.clone(), name))
    }
}

fn suggestion(near: &[String]) -> String {
    let near: Vec<&str> = near.iter().map(String::as_str).collect();
    match near.as_slice() {
        [] => String::new(),
        near => format!("; did you mean {}?", suggest::list(near, "or")),
    }
}
