//! A configuration, the manager made from it, and the sandbox they live in, if any.

use std::path::{Path, PathBuf};

use llm_core::{Exclusion, ExclusionReason, ModelRef, ProviderId};
use llm_manager::{
    BuildError, LlmManager,
    config::{Code, Config, ConfigError, Environment, Origin, Severity, key_page},
};

use crate::{
    application::Context,
    environment,
    failure::Failure,
    logging::{self, Logging},
    output::{self, MissingKey, Terminal, blank},
    sandbox::Sandbox,
};

/// What a command works with.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) manager: LlmManager,
    // After the manager, which writes to the sandbox's folder when it is dropped.
    sandbox: Option<Sandbox>,
}

impl Session {
    /// Reads the configuration, starts logging as it says, and makes the manager. Calls nobody.
    pub(crate) fn open(
        file: Option<&Path>,
        in_sandbox: bool,
        context: &Context,
    ) -> Result<Self, Failure> {
        let environment = &context.environment;
        let named = file.map(Path::to_owned);
        let (sandbox, config) = if in_sandbox {
            let (sandbox, config) = Sandbox::configured(named, environment)?;
            (Some(sandbox), config)
        } else {
            let config = load(named, environment).map_err(|error| wrong(&error, environment))?;
            (None, config)
        };
        start_logging(&config, context)?;
        if sandbox.is_some() {
            output::say("SANDBOX: simulated models; nobody is asked, nothing is sent or spent");
        }
        let mut builder = LlmManager::builder().config(config);
        if let Some(sandbox) = &sandbox {
            builder = builder.state_dir(sandbox.folder());
        }
        let manager = builder.build().map_err(|error| unbuildable(&error, environment))?;
        Ok(Self { manager, sandbox })
    }

    /// Whether the models are simulated.
    pub(crate) fn is_sandbox(&self) -> bool {
        self.sandbox.is_some()
    }

    /// The model a name on the command line stands for.
    pub(crate) fn resolve(&self, name: &str) -> Result<ModelRef, Failure> {
        self.manager.resolve(name).map_err(|error| Failure::usage(blank(error.message())))
    }

    /// Whether there is a provider of this name; there must be one.
    pub(crate) fn knows_provider(&self, name: &str) -> Result<(), Failure> {
        let names: Vec<String> =
            self.manager.config().providers().map(|(id, _)| id.to_string()).collect();
        if names.iter().any(|known| known == name) {
            return Ok(());
        }
        let known: Vec<String> = names.iter().map(|name| format!("`{}`", blank(name))).collect();
        let known = known.join(", ");
        Err(Failure::usage(format!("no provider is called `{}`; there is {known}", blank(name))))
    }

    /// What to do when none of `excluded` can be called.
    pub(crate) fn nothing_to_call(&self, excluded: &[Exclusion], subcommand: &str) -> String {
        let reasons = excluded.iter().map(|exclusion| (&exclusion.provider, &exclusion.reason));
        self.advice(reasons, Some(subcommand))
    }

    /// What to do when no configured model can be called.
    pub(crate) fn nobody(&self, subcommand: &str) -> String {
        let models = self.manager.models();
        let reasons = models
            .iter()
            .filter_map(|standing| Some((&standing.model.provider, standing.obstacle.as_ref()?)));
        self.advice(reasons, Some(subcommand))
    }

    /// What to do when no configured provider can be asked what it has on offer.
    pub(crate) fn nobody_to_ask(&self) -> String {
        let providers = self.manager.providers();
        let reasons = providers.iter().filter_map(|(id, reason)| Some((id, reason.as_ref()?)));
        self.advice(reasons, None)
    }

    /// `simulated` is the subcommand that can do without, by asking simulated models.
    fn advice<'a>(
        &self,
        reasons: impl Iterator<Item = (&'a ProviderId, &'a ExclusionReason)>,
        simulated: Option<&str>,
    ) -> String {
        let mut missing: Vec<MissingKey> = Vec::new();
        for (provider, reason) in reasons {
            let ExclusionReason::MissingKey(variable) = reason else { continue };
            if missing.iter().all(|known| known.provider != provider.as_str()) {
                missing.push(self.missing_key(provider, variable.as_deref()));
            }
        }
        let simulated = simulated
            .map(|subcommand| format!("{} {subcommand} --sandbox", environment::program()));
        output::nothing_to_call(&missing, simulated.as_deref())
    }

    fn missing_key(&self, provider: &ProviderId, variable: Option<&str>) -> MissingKey {
        let mut providers = self.manager.config().providers();
        let settings = providers.find(|(id, _)| id == provider).map(|(_, settings)| settings);
        MissingKey {
            provider: provider.to_string(),
            variable: variable.unwrap_or("its api_key").to_owned(),
            page: settings.and_then(|settings| key_page(&settings.kind)),
        }
    }
}

/// The configuration in `file`, else in the one that is found.
pub(crate) fn load(
    file: Option<PathBuf>,
    environment: &Environment,
) -> Result<Config, ConfigError> {
    match file {
        Some(file) => Config::builder().path(file).environment(environment.clone()).load(),
        None => Config::discover(),
    }
}

/// A configuration that cannot be used, with all its problems drawn.
pub(crate) fn wrong(error: &ConfigError, environment: &Environment) -> Failure {
    let mut drawn = output::draw(&error.diagnostics, Terminal::errors(environment));
    if error.diagnostics.iter().any(|problem| problem.code == Code::NotFound) {
        drawn.push_str("\n\nWithout a settings file and a key: ");
        drawn.push_str(&environment::program());
        drawn.push_str(" test-models --sandbox");
    }
    Failure::problems(drawn)
}

/// A configuration of which no manager can be made.
pub(crate) fn unbuildable(error: &BuildError, environment: &Environment) -> Failure {
    match error {
        BuildError::Config(error) => wrong(error, environment),
        other => Failure::configuration(blank(&other.to_string())),
    }
}

fn start_logging(config: &Config, context: &Context) -> Result<(), Failure> {
    let telemetry = config.settings().telemetry;
    let is_set = config.origin_of("telemetry.log_level").is_some_and(Origin::is_set);
    let level = is_set.then_some(telemetry.log_level);
    let logging = Logging { verbose: context.verbose, level, format: telemetry.log_format };
    logging::start(logging, &context.environment)?;
    // The embedded configuration of a sandbox is as it is meant to be.
    let problems = config.path().map(|_| config.diagnostics()).unwrap_or_default();
    for problem in problems {
        // A key that is not set takes models out, which is told where it matters.
        if problem.severity == Severity::Info || problem.code == Code::EnvUnset {
            tracing::info!("{problem}");
        } else {
            tracing::warn!("{problem}");
        }
    }
    Ok(())
}
