//! Many models behind one call.

use std::{
    collections::BTreeMap,
    fmt::Display,
    path::Path,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use llm_core::{
    ChatRequest, Error, ErrorKind, ModelInfo, ModelRef, ModelStatistics, Observation, Outcome,
    ProviderId, Result, Strategy, Timestamp,
};
use llm_strategies::{
    AnswerStream, BestOfTwo, CallOptions, Engine, Fallback, LlmEvaluator, Single, Standing, Target,
};

use crate::{
    assemble,
    build_error::BuildError,
    builder::LlmManagerBuilder,
    config::{Config, StrategyName},
    facts::Catalogues,
    options::GenerateOptions,
    providers::Providers,
    state::Writer,
};

/// Many models behind one call. Clones share everything.
///
/// What it learns about models is kept across processes; the last clone that is dropped writes
/// what is not yet written.
#[derive(Clone, Debug)]
pub struct LlmManager(pub(crate) Arc<Inner>);

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) config: Config,
    pub(crate) providers: Providers,
    pub(crate) engine: Engine,
    pub(crate) writer: Option<Arc<Writer>>,
    known: RwLock<Catalogues>,
}

impl Inner {
    pub(crate) fn new(
        config: Config,
        providers: Providers,
        engine: Engine,
        writer: Option<Arc<Writer>>,
        known: Catalogues,
    ) -> Self {
        Self { config, providers, engine, writer, known: RwLock::new(known) }
    }

    /// The catalogues that were read.
    pub(crate) fn known(&self) -> RwLockReadGuard<'_, Catalogues> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn known_mut(&self) -> RwLockWriteGuard<'_, Catalogues> {
        self.known.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LlmManager {
    pub(crate) fn new(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }

    /// A manager for the configuration file at `path`, with the environment of this process.
    ///
    /// # Errors
    ///
    /// When the file cannot be used; every problem it has is in the error.
    pub fn from_path(path: impl AsRef<Path>) -> Result<Self, BuildError> {
        Self::builder().config(Config::builder().path(path.as_ref()).load()?).build()
    }

    /// Makes a manager from parts.
    pub fn builder() -> LlmManagerBuilder {
        LlmManagerBuilder::default()
    }

    /// Answers `request` as the configuration says.
    ///
    /// # Errors
    ///
    /// The most useful of the errors met, with every attempt and every model left out in its
    /// [history](Error::history).
    ///
    /// # Cancellation
    ///
    /// Dropping the future closes every connection it has open.
    pub async fn generate(&self, request: impl Into<ChatRequest>) -> Result<Outcome> {
        self.generate_response(request, &GenerateOptions::default()).await
    }

    /// Answers `request`, with what `options` change.
    ///
    /// # Errors
    ///
    /// As [`generate`](Self::generate), and when `options` name a model nobody knows, or one both to
    /// ask and to avoid.
    pub async fn generate_response(
        &self,
        request: impl Into<ChatRequest>,
        options: &GenerateOptions,
    ) -> Result<Outcome> {
        let (name, call) = self.call(options)?;
        let strategy = self.strategy(name, &call);
        self.0.engine.generate(&*strategy, request.into(), &call).await
    }

    /// Streams the answer to `request`, with what `options` change. Nothing is sent before the
    /// first poll.
    ///
    /// # Errors
    ///
    /// When `options` name a model nobody knows; all else comes in the stream.
    pub fn stream(
        &self,
        request: impl Into<ChatRequest>,
        options: &GenerateOptions,
    ) -> Result<AnswerStream> {
        let (name, call) = self.call(options)?;
        Ok(self.0.engine.stream(self.strategy(name, &call), request.into(), call))
    }

    /// Answers `request` as a strategy of your own decides.
    ///
    /// # Errors
    ///
    /// As [`generate_response`](Self::generate_response).
    pub async fn generate_with(
        &self,
        strategy: &dyn Strategy,
        request: impl Into<ChatRequest>,
        options: &GenerateOptions,
    ) -> Result<Outcome> {
        let (_, call) = self.call(options)?;
        self.0.engine.generate(strategy, request.into(), &call).await
    }

    /// The model from which the fastest answer is expected, among those that can be called.
    /// `None` before any measurement.
    pub fn fastest_model(&self) -> Option<ModelRef> {
        self.0.engine.fastest()
    }

    /// Every model in chain order, whether it can be called at the moment, and what is known.
    pub fn models(&self) -> Vec<Standing> {
        self.0.engine.standings()
    }

    /// What is known about every model.
    pub fn stats(&self) -> BTreeMap<ModelRef, ModelStatistics> {
        self.models().into_iter().map(|standing| (standing.model, standing.statistics)).collect()
    }

    /// The model a name stands for: an id, `provider:id` or an alias.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::ModelNotFound`] with the nearest names when nobody serves it.
    pub fn resolve(&self, name: &str) -> Result<ModelRef> {
        self.0
            .config
            .resolve(name)
            .map_err(|unknown| Error::new(ErrorKind::ModelNotFound, unknown.to_string()))
    }

    /// The models as the engine was given them, in chain order.
    pub fn targets(&self) -> Vec<Target> {
        self.0.engine.targets()
    }

    /// How the engine calls `model`, also one that the configuration does not mention, at a
    /// provider that serves any. `None` when its provider is not configured.
    pub fn target(&self, model: &ModelRef) -> Option<Target> {
        let known = self.targets().into_iter().find(|target| target.model == *model);
        known.or_else(|| {
            assemble::unlisted(&self.0.config, &self.0.providers, &self.0.known(), model)
        })
    }

    /// Asks a provider what it has on offer. What it says of models is known from then on, as by
    /// [`learn_catalogue`](Self::learn_catalogue).
    ///
    /// # Errors
    ///
    /// When the provider is not configured, cannot be called, or does not answer.
    pub async fn catalogue(&self, provider: &ProviderId) -> Result<Vec<ModelInfo>> {
        let unusable = |reason: &dyn Display| {
            Error::new(ErrorKind::NoUsableModel, format!("provider `{provider}`: {reason}"))
        };
        let connected = self.0.providers.get(provider);
        let connected = connected.ok_or_else(|| unusable(&"it is not in this configuration"))?;
        let asked = connected.provider.as_ref().map_err(|reason| unusable(reason))?;
        let models = asked.models().await?;
        self.learn_catalogue(provider, &models);
        Ok(models)
    }

    /// Takes in something learned outside a request, by a test of the models.
    pub fn record(&self, model: &ModelRef, observation: &Observation) {
        self.0.engine.record(model, observation);
    }

    /// The manager's time, for [`record`](Self::record).
    pub fn now(&self) -> Timestamp {
        self.0.engine.now()
    }

    /// What the manager was configured with.
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// Writes what was learned and is not yet written; blocks until it is. Happens by itself
    /// within a second, and when the last clone is dropped.
    pub fn save(&self) {
        if let Some(writer) = &self.0.writer {
            writer.flush();
        }
    }

    /// What the engine is told of one request, and how models are chosen for it.
    fn call(&self, options: &GenerateOptions) -> Result<(StrategyName, CallOptions)> {
        let llm = &self.0.config.settings().llm;
        let name = options.strategy_under(llm.strategy);
        let mut call = CallOptions::default();
        call.timeout = options.timeout;
        call.fallback = options.fallback;
        call.check_json = options.check_json;
        call.avoid = options.avoid.iter().map(|name| self.resolve(name)).collect::<Result<_>>()?;
        call.use_fastest =
            options.use_fastest.unwrap_or(llm.use_fastest) && name != StrategyName::Fallback;
        call.model = options.model.as_deref().map(|name| self.admit(name)).transpose()?;
        Ok((name, call))
    }

    fn strategy(&self, name: StrategyName, call: &CallOptions) -> Arc<dyn Strategy> {
        match name {
            StrategyName::Single if call.use_fastest => Arc::new(Single::fastest()),
            StrategyName::Single => {
                Arc::new(Single::starting_with(self.0.config.default_model().cloned()))
            }
            StrategyName::Fallback => Arc::new(Fallback),
            StrategyName::BestOfTwo => Arc::new(self.best_of_two()),
        }
    }

    fn best_of_two(&self) -> BestOfTwo {
        let config = &self.0.config;
        let criteria = config.settings().llm.parallel.selection_criteria.clone();
        let evaluator = LlmEvaluator::new(self.0.engine.next_seed()).with_criteria(criteria);
        let mut strategy =
            BestOfTwo::new(Arc::new(evaluator)).with_models(config.parallel_models().to_vec());
        if let Some(judge) = config.evaluator_model() {
            strategy = strategy.with_judge(judge.clone());
        }
        strategy
    }

    /// The model of a name, made known to the engine if its provider serves any model.
    fn admit(&self, name: &str) -> Result<ModelRef> {
        let model = self.resolve(name)?;
        // Held until the engine has the model: what is learned meanwhile waits for it.
        let known = self.0.known();
        if !self.0.engine.knows(&model)
            && let Some(target) =
                assemble::unlisted(&self.0.config, &self.0.providers, &known, &model)
            && !self.0.engine.admit(target)
        {
            let message = format!(
                "too many different models were named: list `{name}` under `models` of its provider"
            );
            return Err(Error::new(ErrorKind::NoUsableModel, message));
        }
        Ok(model)
    }
}
