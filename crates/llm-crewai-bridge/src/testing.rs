//! Tests of the models, as Python sees them.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use llm_core::ModelRef;
use llm_testrunner::{ExportError, LlmTestRunner, Profile, Report, RunOptions};
use serde::Deserialize;

use crate::{
    arguments,
    fault::{Fault, usage},
    service::Service,
};

/// Tests of the models of a manager, with the report of the last run.
#[derive(Debug)]
pub struct Tests {
    options: Options,
    last: Mutex<Option<Arc<Report>>>,
}

/// What a run changes of the configuration.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Options {
    profile: Option<Profile>,
    prompt: Option<String>,
    /// Models that are tested, by name; all when empty.
    models: Vec<String>,
    /// Seconds of one call.
    timeout: Option<f64>,
}

impl Tests {
    /// Tests with the options in `json`.
    ///
    /// # Errors
    ///
    /// When they are not options; the message names the place.
    pub fn new(json: &str) -> Result<Self, Fault> {
        Ok(Self { options: arguments::parse(json)?, last: Mutex::new(None) })
    }

    /// Tests every model of `service`, and returns the report as JSON.
    ///
    /// # Errors
    ///
    /// When a model is named that nobody serves, and when the manager is closed meanwhile.
    ///
    /// # Cancellation
    ///
    /// Dropping the future drops every call in it, and there is no report.
    pub async fn run(&self, service: &Service) -> Result<String, Fault> {
        let manager = service.manager();
        let mut options = RunOptions::from_config(manager.config());
        self.options.apply(&mut options)?;
        let named: Result<Vec<ModelRef>, Fault> = self
            .options
            .models
            .iter()
            .map(|name| manager.resolve(name).map_err(|error| usage(error.message())))
            .collect();
        let named = named?;
        options.filter.models = named.iter().map(ToString::to_string).collect();
        let runner = LlmTestRunner::with_models(manager.clone(), &named).with_options(options);
        let report = service.while_open(async { Ok(runner.test_all_models().await) }).await?;
        let json = report.render_json();
        *self.last() = Some(Arc::new(report));
        Ok(json)
    }

    /// The models of the last run that can be relied on, in chain order.
    pub fn working_models(&self) -> Vec<String> {
        let working = |report: &Report| report.working_models().iter().map(name).collect();
        self.last().as_deref().map(working).unwrap_or_default()
    }

    /// The models of the last run that answered, with the middle of their times in seconds.
    pub fn fastest_models(&self) -> Vec<(String, f64)> {
        let fastest = |report: &Report| {
            let fastest = report.fastest_models().into_iter();
            fastest.map(|(model, time)| (name(&model), time.as_secs_f64())).collect()
        };
        self.last().as_deref().map(fastest).unwrap_or_default()
    }

    /// Writes the last run's report as Markdown to `path`, whose folder is made when missing.
    ///
    /// # Errors
    ///
    /// When there was no run, and when the file cannot be written.
    pub fn export_markdown(&self, path: PathBuf) -> Result<PathBuf, Fault> {
        let report = self.last().clone();
        let report = report.ok_or(ExportError::NoRun).map_err(|error| usage(error.to_string()))?;
        report.export_results_markdown(path).map_err(|error| usage(error.to_string()))
    }

    fn last(&self) -> std::sync::MutexGuard<'_, Option<Arc<Report>>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Options {
    fn apply(&self, options: &mut RunOptions) -> Result<(), Fault> {
        options.profile = self.profile.unwrap_or(options.profile);
        options.prompt = self.prompt.clone().or_else(|| options.prompt.take());
        if let Some(seconds) = self.timeout {
            options.timeout = arguments::seconds(seconds)?;
        }
        Ok(())
    }
}

/// The name of a model as the seed's users know it: its id.
fn name(model: &ModelRef) -> String {
    model.model.to_string()
}
