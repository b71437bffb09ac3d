//! From a manager and its configuration to a runner.

use llm_core::{ModelRef, ProviderId};
use llm_manager::{
    LlmManager, Target,
    config::{self, Config},
};

use crate::{
    options::{FailOn, Profile, RunOptions},
    run::LlmTestRunner,
    target::TestTarget,
};

impl LlmTestRunner {
    /// A runner of every model of `manager`, with the options of its configuration. What the
    /// calls and catalogues teach is recorded with the manager.
    pub fn new(manager: LlmManager) -> Self {
        Self::with_models(manager, &[])
    }

    /// A runner of every model of `manager` and of `models`, which no role needs to name: a
    /// provider that lists no models serves any. One whose provider is not
    /// configured is passed over.
    pub fn with_models(manager: LlmManager, models: &[ModelRef]) -> Self {
        let config = manager.config();
        let mut targets = manager.targets();
        for model in models {
            if targets.iter().all(|target| target.model != *model) {
                targets.extend(manager.target(model));
            }
        }
        let targets = targets.into_iter().map(|target| describe(target, &manager)).collect();
        let options = RunOptions::from_config(config);
        let (clock, library) = (manager.clone(), manager.clone());
        Self::with_targets(targets, move || clock.now())
            .with_options(options)
            .with_catalogue_recorder(move |provider, models| {
                library.learn_catalogue(provider, models);
            })
            .with_recorder(move |model, observation| manager.record(model, observation))
    }
}

impl RunOptions {
    /// The options a configuration sets.
    pub fn from_config(config: &Config) -> Self {
        let settings = config.settings();
        let runner = &settings.test_runner;
        Self {
            profile: runner.profile.into(),
            repeats: runner.repeats,
            concurrency: runner.concurrency,
            prompt: runner.prompt.clone(),
            min_success: runner.min_success,
            fail_on: runner.fail_on.into(),
            timeout: runner.timeout.unwrap_or(settings.llm.timeout).0,
            config: config.path().map(ToOwned::to_owned),
            ..Self::default()
        }
    }
}

impl From<config::Profile> for Profile {
    fn from(profile: config::Profile) -> Self {
        match profile {
            config::Profile::Smoke => Self::Smoke,
            config::Profile::Standard => Self::Standard,
        }
    }
}

impl From<config::FailOn> for FailOn {
    fn from(fail_on: config::FailOn) -> Self {
        match fail_on {
            config::FailOn::Any => Self::Any,
            config::FailOn::Primary => Self::Primary,
            config::FailOn::None => Self::None,
        }
    }
}

fn describe(target: Target, manager: &LlmManager) -> TestTarget {
    let config = manager.config();
    let nearest = manager.nearest_models(&target.model);
    let place = config.place_of_model(&target.model);
    let key_page = key_page(config, &target.model.provider);
    TestTarget {
        capabilities: target.capabilities,
        price: target.price,
        sampling: target.defaults.sampling,
        reasoning: target.defaults.reasoning,
        extras: target.defaults.extras,
        first_token: target.timeouts.first_token,
        idle: target.timeouts.idle,
        progress: target.timeouts.progress,
        stream: target.upstream_stream,
        place,
        key_page,
        nearest,
        ..TestTarget::new(target.model, target.provider, target.role)
    }
}

/// Where keys for a provider of this kind can be had.
fn key_page(config: &Config, provider: &ProviderId) -> Option<String> {
    let (_, settings) = config.providers().find(|(id, _)| id == provider)?;
    config::key_page(&settings.kind).map(ToOwned::to_owned)
}
