//! A configuration that can be used.

use std::{
    fmt,
    path::{Path as FilePath, PathBuf},
};

use llm_core::{ModelRef, ModelRole, ProviderId};

use super::{
    builder::ConfigBuilder,
    diagnostic::Diagnostic,
    environment::Environment,
    error::ConfigError,
    file,
    models::{Chosen, ConfiguredModel},
    names::{Names, UnknownModel},
    node::Node,
    origin::Origin,
    path::Path,
    review,
    settings::{ProviderSettings, Settings},
    show::{self, ShownValue},
};

/// A checked configuration, which knows where each of its values comes from.
#[derive(Clone)]
pub struct Config(Parts);

#[derive(Clone)]
pub(crate) struct Parts {
    pub(crate) settings: Settings,
    pub(crate) tree: Node,
    pub(crate) names: Names,
    pub(crate) chosen: Chosen,
    pub(crate) models: Vec<ConfiguredModel>,
    pub(crate) path: Option<PathBuf>,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl Config {
    pub(crate) fn new(parts: Parts) -> Self {
        Self(parts)
    }

    /// Makes a configuration from a file, a text, the environment, or values in code.
    pub fn builder() -> ConfigBuilder {
        ConfigBuilder::default()
    }

    /// The configuration of the working directory, with the environment of this process.
    ///
    /// # Errors
    ///
    /// When there is none, or it cannot be used.
    pub fn discover() -> Result<Self, ConfigError> {
        let environment = Environment::from_process();
        let folder = std::env::current_dir().unwrap_or_default();
        let found = Self::find(&environment, &folder).ok_or_else(file::none_found)?;
        // Shown as the user would write it.
        let path = found.strip_prefix(&folder).unwrap_or(&found).to_owned();
        Self::builder().path(path).environment(environment).load()
    }

    /// The file that `LLM_CONFIG` names, else the nearest `config/llm_settings.yaml` in `folder`
    /// or above it, not beyond the root of a git repository.
    pub fn find(environment: &Environment, folder: &FilePath) -> Option<PathBuf> {
        file::find(environment, folder)
    }

    /// Every setting.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// The file it was read from.
    pub fn path(&self) -> Option<&FilePath> {
        self.0.path.as_deref()
    }

    /// Warnings and notes, in the order of the files.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.0.diagnostics
    }

    /// Every provider in the order of the configuration, also one that is switched off. Its
    /// `kind` is filled in.
    pub fn providers(&self) -> impl Iterator<Item = (ProviderId, &ProviderSettings)> {
        self.0.names.providers.iter().filter_map(|served| {
            let settings = self.0.settings.providers.get(served.id.as_str())?;
            Some((served.id.clone(), settings))
        })
    }

    /// The provider of models whose provider is not named.
    pub fn default_provider(&self) -> Option<&ProviderId> {
        self.0.names.default_provider().map(|served| &served.id)
    }

    /// Every model once, in chain order: the roles, then what other settings name, then the rest
    /// of the lists.
    pub fn models(&self) -> &[ConfiguredModel] {
        &self.0.models
    }

    /// The model asked first when speed does not decide.
    pub fn default_model(&self) -> Option<&ModelRef> {
        self.0.chosen.default.as_ref()
    }

    /// The two models of best of two, where they are configured.
    pub fn parallel_models(&self) -> &[ModelRef] {
        &self.0.chosen.parallel
    }

    /// The judge of best of two, where one is configured.
    pub fn evaluator_model(&self) -> Option<&ModelRef> {
        self.0.chosen.evaluator.as_ref()
    }

    /// The model that `name` stands for: an id, `provider:id` or an alias.
    ///
    /// # Errors
    ///
    /// The nearest names, when it stands for none.
    pub fn resolve(&self, name: &str) -> Result<ModelRef, UnknownModel> {
        self.0.names.resolve(name)
    }

    /// Where the value at `path` comes from, such as `llm.timeout`. `None` if there is none.
    pub fn origin_of(&self, path: &str) -> Option<&Origin> {
        show::find(&self.0.tree, path).map(|node| &node.origin)
    }

    /// Where a model is listed, else where a role names it, as `file:line`.
    pub fn place_of_model(&self, model: &ModelRef) -> Option<String> {
        let origin = |node: &Node| {
            matches!(node.origin, Origin::File { .. }).then(|| node.origin.to_string())
        };
        let provider = self.0.tree.at(&["providers", model.provider.as_str()]);
        let mut listed = provider.into_iter().flat_map(review::listed);
        if let Some(entry) = listed.find(|entry| model.model == *entry.name) {
            return origin(entry.node);
        }
        let in_role = |role: ModelRole| {
            let node = self.0.tree.at(&["llm", "model_roles", role.as_str()])?;
            let names = |node: &&Node| {
                node.as_text().is_some_and(|name| self.resolve(name).ok().as_ref() == Some(model))
            };
            node.items().iter().find(names)
        };
        ModelRole::ALL.into_iter().find_map(in_role).and_then(origin)
    }

    /// The way to what the list of its provider says about a model, such as
    /// `providers.openrouter.models[0]`.
    pub fn path_of_model(&self, model: &ModelRef) -> Option<String> {
        let path = Path::of(&["providers", model.provider.as_str()]);
        let provider = self.0.tree.at(&["providers", model.provider.as_str()])?;
        let mut listed = review::listed(provider).into_iter();
        let entry = listed.find(|entry| model.model == *entry.name)?;
        Some(path.join(&entry.path).to_string())
    }

    /// Every value with its origin, secrets masked.
    pub fn show(&self) -> Vec<ShownValue> {
        show::show(&self.0.tree)
    }
}

/// Prints where it comes from and what it holds in numbers: values may be secrets.
impl fmt::Debug for Config {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Config")
            .field("path", &self.0.path)
            .field("providers", &self.0.names.providers.len())
            .field("models", &self.0.models.len())
            .finish_non_exhaustive()
    }
}
