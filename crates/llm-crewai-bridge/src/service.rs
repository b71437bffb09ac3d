//! A manager as Python sees it: JSON in, JSON out, until it is closed.

use std::{future::Future, panic::AssertUnwindSafe, path::Path};

use futures_util::FutureExt;
use llm_core::{Capabilities, ModelRef};
use llm_manager::{
    LlmManager, Standing,
    config::{Config, Environment},
};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::{
    fault::{Fault, FaultKind},
    reply, request,
    stream::AnswerEvents,
};

/// A manager as Python sees it: JSON in, JSON out, until it is closed.
///
/// Clones share everything.
#[derive(Clone, Debug)]
pub struct Service {
    manager: LlmManager,
    closed: watch::Sender<bool>,
}

impl Service {
    /// A manager for the configuration file at `path`.
    ///
    /// # Errors
    ///
    /// When the file cannot be used; every problem it has is in the message.
    pub fn open(path: &Path, environment: Environment) -> Result<Self, Fault> {
        let unusable = |message: String| Fault::new(FaultKind::Config, message);
        let config = Config::builder().path(path).environment(environment).load();
        let config = config.map_err(|error| unusable(error.to_string()))?;
        let manager = LlmManager::builder().config(config).build();
        Ok(Self::new(manager.map_err(|error| unusable(error.to_string()))?))
    }

    /// A service of `manager`.
    pub fn new(manager: LlmManager) -> Self {
        Self { manager, closed: watch::Sender::new(false) }
    }

    /// Answers the call in `json`. A call that no model answers is a reply as well.
    ///
    /// # Errors
    ///
    /// When the call cannot be made, when the manager is closed before its end, and when this
    /// software fails.
    ///
    /// # Cancellation
    ///
    /// Dropping the future closes every connection it has open.
    pub async fn generate(&self, json: &str) -> Result<String, Fault> {
        let (request, options) = request::read(json)?;
        let answer = async {
            match self.manager.generate_response(request, &options).await {
                Ok(outcome) => reply::answered(&outcome),
                Err(error) => reply::failed(&error, ""),
            }
        };
        self.while_open(answer).await
    }

    /// Streams the answer to the call in `json`. Nothing is sent before the first event is asked
    /// for.
    ///
    /// # Errors
    ///
    /// When the call cannot be made.
    pub fn stream(&self, json: &str) -> Result<AnswerEvents, Fault> {
        let (request, options) = request::read(json)?;
        match self.manager.stream(request, &options) {
            Ok(stream) => Ok(AnswerEvents::new(self.clone(), stream)),
            Err(error) => Err(Fault::new(FaultKind::Usage, error.message())),
        }
    }

    /// Tokens of the conversation and the tools in `json`, by the estimate that the manager's own
    /// choice of models goes by.
    ///
    /// # Errors
    ///
    /// When it is no conversation.
    pub fn count_tokens(&self, json: &str) -> Result<u64, Fault> {
        Ok(request::read_to_measure(json)?.estimated_tokens())
    }

    /// Every model in chain order with what is known of it, as JSON.
    pub fn models(&self) -> String {
        let capabilities = |model: &ModelRef| {
            self.manager.target(model).map(|target| target.capabilities).unwrap_or_default()
        };
        let models = self.manager.models();
        let models = models.iter().map(|standing| model(standing, &capabilities(&standing.model)));
        models.collect::<Value>().to_string()
    }

    /// The model from which the fastest answer is expected. Nothing before any measurement.
    pub fn fastest_model(&self) -> Option<String> {
        self.manager.fastest_model().map(|model| model.to_string())
    }

    /// The model a name stands for, as `provider:id`.
    ///
    /// # Errors
    ///
    /// When nobody serves it; the message has the nearest names.
    pub fn resolve(&self, name: &str) -> Result<String, Fault> {
        let found = self.manager.resolve(name);
        found
            .map(|model| model.to_string())
            .map_err(|error| Fault::new(FaultKind::Usage, error.message()))
    }

    /// How the default model is called, as JSON, for who calls it without the manager. **It has the
    /// key in clear**: for handing on to another client at once, not for keeping or showing.
    ///
    /// # Errors
    ///
    /// When there is no default model, or its provider is not configured.
    pub fn default_connection(&self) -> Result<String, Fault> {
        let config = self.manager.config();
        let missing = |what: &str| Fault::new(FaultKind::Config, what.to_owned());
        let model = config.default_model().ok_or_else(|| {
            missing("llm.default_model: not set, and no primary model is configured")
        })?;
        let provider = config.providers().find(|(id, _)| *id == model.provider);
        let (_, settings) = provider
            .ok_or_else(|| missing(&format!("providers.{}: not configured", model.provider)))?;
        let defaults = self.manager.target(model).map(|target| target.defaults.sampling);
        let defaults = defaults.unwrap_or_default();
        Ok(json!({
            "kind": settings.kind,
            "model": model.model.as_str(),
            "base_url": settings.base_url,
            "api_key": settings.api_key.as_ref().map(|key| key.secret().expose_secret()),
            "temperature": defaults.temperature,
            "max_tokens": defaults.max_tokens,
            "timeout": config.settings().llm.timeout.0.as_secs_f64(),
        })
        .to_string())
    }

    /// Ends every call in flight and refuses later ones. Blocks until what was learned is written.
    pub fn close(&self) {
        self.closed.send_replace(true);
        self.manager.save();
    }

    /// Whether it was closed.
    pub fn is_closed(&self) -> bool {
        *self.closed.borrow()
    }

    /// The manager behind it.
    pub fn manager(&self) -> &LlmManager {
        &self.manager
    }

    /// Does `work` unless the manager is closed before its end. A panic in it is a fault, so that
    /// it goes no further than this call.
    pub(crate) async fn while_open<T>(
        &self,
        work: impl Future<Output = Result<T, Fault>>,
    ) -> Result<T, Fault> {
        let mut closed = self.closed.subscribe();
        let closed = async move { closed.wait_for(|closed| *closed).await.is_ok() };
        tokio::select! {
            biased;
            true = closed => Err(Fault::new(FaultKind::Closed, "the manager is closed")),
            done = AssertUnwindSafe(work).catch_unwind() => done.unwrap_or_else(|_| {
                let message = "a defect of the manager ended this call; others are not affected";
                Err(Fault::new(FaultKind::Internal, message))
            }),
        }
    }
}

fn model(standing: &Standing, capabilities: &Capabilities) -> Value {
    let statistics = &standing.statistics;
    json!({
        "name": standing.model.model.as_str(),
        "provider": standing.model.provider.as_str(),
        "role": standing.role.map(llm_core::ModelRole::as_str),
        "obstacle": standing.obstacle.as_ref().map(ToString::to_string),
        "last_response_time": statistics.last_response_time.map(|time| time.as_secs_f64()),
        "success_count": statistics.success_count,
        "error_count": statistics.error_count,
        "capabilities": capabilities,
    })
}
