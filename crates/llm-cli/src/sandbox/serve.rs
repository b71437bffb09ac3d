//! The simulator, and the configuration that leads to it.

use std::path::{Path, PathBuf};

use llm_manager::config::{Config, ConfigBuilder, Environment};
use llm_testkit::simulator::{ModelScript, Simulator, SimulatorConfig};
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use super::scripts;
use crate::{failure::Failure, session};

/// The configuration of a sandbox that is given none, and what it is called.
const SETTINGS: &str = include_str!("llm_settings.yaml");
const NAME: &str = "sandbox";
/// The kind of provider that the simulator is.
const KIND: &str = "openrouter";
/// Fits every lock here and opens nothing elsewhere.
const KEY: &str = "sk-test-sandbox";

/// A simulated OpenRouter on 127.0.0.1, with a folder for what is learned about its models. Both
/// are gone when it is dropped.
#[derive(Debug)]
pub(crate) struct Sandbox {
    simulator: Simulator,
    folder: TempDir,
}

impl Sandbox {
    /// Serves the embedded models on `port`; 0 takes a free one.
    pub(crate) fn serve(port: u16) -> Result<Self, Failure> {
        Self::start(scripts::embedded(), port)
    }

    /// Serves the models of the configuration in `file`, or the embedded ones; with the
    /// configuration that leads to them.
    pub(crate) fn configured(
        file: Option<PathBuf>,
        environment: &Environment,
    ) -> Result<(Self, Config), Failure> {
        let Some(file) = file else {
            let sandbox = Self::serve(0)?;
            let variables =
                [("LLM_SANDBOX_URL", sandbox.base_url()), ("LLM_SANDBOX_KEY", KEY.into())];
            let builder =
                Config::builder().text(NAME, SETTINGS).environment(variables.into_iter().collect());
            return Ok((sandbox, loaded(builder, environment)?));
        };
        let builder = || Config::builder().path(file.clone()).environment(environment.clone());
        let config = loaded(builder(), environment)?;
        let scripts = config
            .models()
            .iter()
            .map(|model| scripts::of_role(model.model.model.as_str(), model.role))
            .collect();
        let sandbox = Self::start(scripts, 0)?;
        let redirected = builder().set("providers", sandbox.redirect(&config));
        Ok((sandbox, loaded(redirected, environment)?))
    }

    /// The address of its API.
    pub(crate) fn base_url(&self) -> String {
        self.simulator.base_url()
    }

    /// The folder for what is learned about its models.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn start(scripts: Vec<ModelScript>, port: u16) -> Result<Self, Failure> {
        let config = SimulatorConfig::default().with_port(port).with_models(scripts);
        let simulator = Simulator::start(config).map_err(|error| {
            Failure::internal(format!("cannot listen on 127.0.0.1:{port}: {error}"))
        })?;
        let folder = tempfile::tempdir().map_err(|error| {
            Failure::internal(format!("cannot make a temporary folder: {error}"))
        })?;
        Ok(Self { simulator, folder })
    }

    /// Settings that lead every provider of the simulated kind here, with a key.
    fn redirect(&self, config: &Config) -> Value {
        let ours = config.providers().filter(|(_, settings)| settings.kind == KIND);
        let here = json!({ "base_url": self.base_url(), "api_key": KEY });
        ours.map(|(id, _)| (id.to_string(), here.clone())).collect::<Map<_, _>>().into()
    }
}

fn loaded(builder: ConfigBuilder, environment: &Environment) -> Result<Config, Failure> {
    builder.load().map_err(|error| session::wrong(&error, environment))
}
