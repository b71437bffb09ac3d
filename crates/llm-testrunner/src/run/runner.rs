//! The runner: targets, options, and the report of the last run.

use std::{
    fmt,
    future::{Future, pending},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use llm_core::{ModelInfo, ModelRef, Observation, ProviderId, Timestamp};
use tokio::{sync::Semaphore, time::Instant};

use super::{execution::Execution, lane::Shared, preflight, schedule};
use crate::{
    clock::Clock,
    export::ExportError,
    options::{Filter, RunOptions},
    plan::{self, RunPlan},
    progress::{Progress, ProgressEvent},
    report::Report,
    target::TestTarget,
};

type Recorder = Arc<dyn Fn(&ModelRef, &Observation) + Send + Sync>;
type Librarian = Arc<dyn Fn(&ProviderId, &[ModelInfo]) + Send + Sync>;

/// Tests configured models.
///
/// Every call goes to one model through its provider: no retry, no fallback, no rest. What is
/// learned is handed to the recorder, so that later requests profit.
pub struct LlmTestRunner {
    targets: Vec<TestTarget>,
    clock: Clock,
    recorder: Recorder,
    librarian: Librarian,
    options: RunOptions,
    last: Mutex<Option<Arc<Report>>>,
}

impl fmt::Debug for LlmTestRunner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("LlmTestRunner")
            .field("targets", &self.targets)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl LlmTestRunner {
    /// A runner of `targets`, given in the order of the chain. `now` tells the wall clock.
    pub fn with_targets(
        targets: Vec<TestTarget>,
        now: impl Fn() -> Timestamp + Send + Sync + 'static,
    ) -> Self {
        Self {
            targets,
            clock: Clock::new(now),
            recorder: Arc::new(|_, _| {}),
            librarian: Arc::new(|_, _| {}),
            options: RunOptions::default(),
            last: Mutex::new(None),
        }
    }

    /// Sets how to test.
    #[must_use]
    pub fn with_options(mut self, options: RunOptions) -> Self {
        self.options = options;
        self
    }

    /// Sets who is told what each call teaches. Called from within the run: it must not block.
    #[must_use]
    pub fn with_recorder(
        mut self,
        recorder: impl Fn(&ModelRef, &Observation) + Send + Sync + 'static,
    ) -> Self {
        self.recorder = Arc::new(recorder);
        self
    }

    /// Sets who is told what each catalogue lists. Called from within the run: it must not block.
    #[must_use]
    pub fn with_catalogue_recorder(
        mut self,
        recorder: impl Fn(&ProviderId, &[ModelInfo]) + Send + Sync + 'static,
    ) -> Self {
        self.librarian = Arc::new(recorder);
        self
    }

    /// How it tests.
    pub fn options(&self) -> &RunOptions {
        &self.options
    }

    /// What a run would send now, and what that costs at most. Calls nobody.
    pub fn plan(&self) -> RunPlan {
        plan::plan(&schedule::lanes(self.selected(), &self.options, self.seed()), &self.options)
    }

    /// Tests every selected model.
    pub async fn test_all_models(&self) -> Report {
        self.test_models(&(), pending()).await
    }

    /// Tests every selected model until done or until `interrupted` resolves; calls in flight are
    /// then dropped and the report of what has happened is marked partial.
    ///
    /// # Cancellation
    ///
    /// Dropping the future drops every call in it, and there is no report.
    pub async fn test_models(
        &self,
        progress: &dyn Progress,
        interrupted: impl Future<Output = ()>,
    ) -> Report {
        let (started, began, seed) = (self.clock.now(), Instant::now(), self.seed());
        let mut interrupted = std::pin::pin!(interrupted);
        let targets = self.selected();

        let known = tokio::select! {
            biased;
            () = &mut interrupted => None,
            known = preflight::preflight(&targets, &*self.librarian) => Some(known),
        };
        let stopped = known.is_none();
        let run = Execution::new(targets, known.unwrap_or_default(), &self.options, seed, started);
        progress.event(&ProgressEvent::Planned(&plan::plan(&run.lanes, &self.options)));

        let places = usize::try_from(self.options.concurrency.max(1)).unwrap_or(1);
        let shared = Shared {
            began: Instant::now(),
            places: &Semaphore::new(places.min(Semaphore::MAX_PERMITS)),
            timeout: self.options.timeout,
            clock: &self.clock,
            recorder: &*self.recorder,
            journal: &run.journal,
            progress,
        };
        let partial = stopped
            || tokio::select! {
                biased;
                () = &mut interrupted => true,
                () = run.walk(&shared) => false,
            };

        let report = run.report(began.elapsed(), partial);
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(report.clone()));
        report
    }

    /// The report of the last run.
    pub fn last_report(&self) -> Option<Arc<Report>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The models of the last run that can be relied on; see [`Report::working_models`].
    pub fn working_models(&self) -> Vec<ModelRef> {
        self.last_report().map(|report| report.working_models()).unwrap_or_default()
    }

    /// The models of the last run by speed; see [`Report::fastest_models`].
    pub fn fastest_models(&self) -> Vec<(ModelRef, Duration)> {
        self.last_report().map(|report| report.fastest_models()).unwrap_or_default()
    }

    /// Writes the last run's report as Markdown; see [`Report::export_results_markdown`].
    ///
    /// # Errors
    ///
    /// When there was no run, and those of [`Report::export_results_markdown`].
    pub fn export_results_markdown(&self, path: impl AsRef<Path>) -> Result<PathBuf, ExportError> {
        self.last_report().ok_or(ExportError::NoRun)?.export_results_markdown(path)
    }

    fn selected(&self) -> Vec<TestTarget> {
        self.targets
            .iter()
            .filter(|target| selects(&self.options.filter, target))
            .cloned()
            .collect()
    }

    fn seed(&self) -> u64 {
        let nanos = || self.clock.now().since_unix().as_nanos() & u128::from(u64::MAX);
        self.options.seed.unwrap_or_else(|| u64::try_from(nanos()).unwrap_or_default())
    }
}

fn selects(filter: &Filter, target: &TestTarget) -> bool {
    let (model, address) = (target.id(), target.model.to_string());
    let is_named = |names: &[String], own: &[&str]| {
        names.is_empty() || names.iter().any(|name| own.contains(&name.as_str()))
    };
    is_named(&filter.models, &[model, &address])
        && is_named(&filter.providers, &[target.model.provider.as_str()])
        && (filter.roles.is_empty() || target.role.is_some_and(|role| filter.roles.contains(&role)))
}
