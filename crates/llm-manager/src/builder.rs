//! Makes a manager.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use etcetera::BaseStrategy;
use llm_core::{ModelRef, Observation};
use llm_strategies::{Engine, Observer};

use crate::{
    assemble,
    build_error::BuildError,
    clock,
    config::Config,
    facts::Catalogues,
    manager::{Inner, LlmManager},
    providers::Providers,
    registry::{ProviderFactory, Registry},
    state::{StateFiles, Writer},
};

/// The folder's name below the user's state folder.
const STATE_FOLDER: &str = "llm-manager";

/// Makes an [`LlmManager`] from a configuration and from what a configuration cannot hold.
#[derive(Clone, Debug)]
pub struct LlmManagerBuilder {
    config: Option<Config>,
    registry: Registry,
    keeps_state: bool,
    state_dir: Option<PathBuf>,
}

impl Default for LlmManagerBuilder {
    fn default() -> Self {
        let registry = Registry::built_in();
        Self { config: None, registry, keeps_state: true, state_dir: None }
    }
}

impl LlmManagerBuilder {
    /// Uses this configuration. Without one, the file is searched from the working directory up
    /// as [`Config::find`] does.
    #[must_use]
    pub fn config(mut self, config: Config) -> Self {
        self.config = Some(config);
        self
    }

    /// Adds a kind of provider, or replaces one that is built in.
    #[must_use]
    pub fn provider_kind(
        mut self,
        kind: impl Into<String>,
        factory: Arc<dyn ProviderFactory>,
    ) -> Self {
        self.registry.insert(kind.into(), factory);
        self
    }

    /// Keeps what is learned in this folder, whatever the configuration says.
    #[must_use]
    pub fn state_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.state_dir = Some(folder.into());
        self
    }

    /// Neither reads what earlier processes learned nor keeps anything.
    #[must_use]
    pub fn without_state(mut self) -> Self {
        self.keeps_state = false;
        self
    }

    /// Makes the manager. Opens no connection. A state folder that cannot be used is a warning in
    /// the log: the manager then starts without what earlier processes learned.
    ///
    /// # Errors
    ///
    /// When the configuration, or what it says of a provider, cannot be used.
    pub fn build(self) -> Result<LlmManager, BuildError> {
        let config = match self.config {
            Some(config) => config,
            None => Config::discover()?,
        };
        let providers = Providers::new(&config, &self.registry)?;
        let folder =
            if self.keeps_state { state_folder(self.state_dir.as_deref(), &config) } else { None };
        let files = folder.as_deref().map(StateFiles::in_folder);
        let known = files.as_ref().map(|files| catalogues(files, &config)).unwrap_or_default();
        warn_of_contradictions(&config, &known);
        let targets = assemble::targets(&config, &providers, &known);
        let writer = files.as_ref().and_then(start).map(Arc::new);
        // The engine holds the writer too: a stream that outlives the manager is kept as well.
        let observer = writer.clone().map(|writer| {
            Observer::new(move |model: &ModelRef, observation: &Observation| {
                writer.send(model, observation);
            })
        });
        let settings = assemble::engine_settings(&config, clock::now(), observer);
        let engine = Engine::new(settings, targets);
        if let Some(file) = files.as_ref().map(|files| &files.statistics) {
            match file.read() {
                Ok(statistics) => engine.restore(statistics),
                Err(error) => tracing::warn!(
                    file = %file.path().display(),
                    %error,
                    "statistics of earlier runs cannot be read; set `state_dir` to a folder that can"
                ),
            }
        }
        Ok(LlmManager::new(Inner::new(config, providers, engine, writer, known)))
    }
}

/// Where state is kept: as told, as configured, or in the user's state folder.
fn state_folder(told: Option<&Path>, config: &Config) -> Option<PathBuf> {
    let configured = || config.settings().state_dir.clone();
    let users = || {
        let base = etcetera::choose_base_strategy()
            .inspect_err(|error| {
                tracing::warn!(%error, "statistics are not kept; set `state_dir` to a folder");
            })
            .ok()?;
        let folder = base.state_dir().unwrap_or_else(|| base.data_dir());
        Some(folder.join(STATE_FOLDER))
    };
    told.map(Path::to_owned).or_else(configured).or_else(users)
}

/// The catalogues that earlier processes have read.
fn catalogues(files: &StateFiles, config: &Config) -> Catalogues {
    let file = &files.catalogue;
    let kept = file.read().inspect_err(|error| {
        tracing::warn!(
            file = %file.path().display(),
            %error,
            "catalogues read earlier cannot be read; set `state_dir` to a folder that can"
        );
    });
    Catalogues::of(config, kept.unwrap_or_default())
}

/// Settings without effect: whoever wrote them should know.
fn warn_of_contradictions(config: &Config, known: &Catalogues) {
    for model in config.models() {
        for said in known.facts(config, model).contradictions {
            tracing::warn!(
                "`{}` says {}, which counts for nothing: the catalogue of {} says {}",
                said.setting,
                said.config,
                model.model.provider,
                said.catalogue
            );
        }
    }
}

fn start(files: &StateFiles) -> Option<Writer> {
    Writer::start(files.clone())
        .inspect_err(|error| tracing::warn!(%error, "statistics are not kept: no thread starts"))
        .ok()
}
