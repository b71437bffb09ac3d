//! A provider that does what its script says.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Mutex, PoisonError},
};

use async_trait::async_trait;
use llm_core::{
    ChatRequest, ChatResponse, ModelId, ModelInfo, Provider, ProviderId, ResponseStream, Result,
};

use super::{
    call_log::{Call, CallEnd, CallLog},
    reply::{Playback, unknown_model},
    step::Step,
};

/// A provider whose models follow a script, and which remembers every call.
///
/// Each model has a queue of steps, one a call; the last one repeats. Put it into an
/// [`Arc`](std::sync::Arc) to keep looking at its calls after handing it on.
///
/// ```
/// # use llm_core::ErrorKind;
/// # use llm_testkit::fakes::{ScriptedProvider, Step};
/// let provider = ScriptedProvider::new("mock")
///     .with_model("acme/flaky", [Step::error(ErrorKind::Overloaded), Step::answer("fine")])
///     .with_model("acme/stuck", [Step::hang()]);
/// ```
#[derive(Debug)]
pub struct ScriptedProvider {
    id: ProviderId,
    scripts: Mutex<BTreeMap<ModelId, VecDeque<Step>>>,
    catalogue: Vec<ModelInfo>,
    log: CallLog,
}

impl ScriptedProvider {
    /// A provider without models.
    pub fn new(id: impl Into<ProviderId>) -> Self {
        Self {
            id: id.into(),
            scripts: Mutex::default(),
            catalogue: Vec::new(),
            log: CallLog::default(),
        }
    }

    /// Adds a model that takes one of `steps` a call, the last one again and again.
    #[must_use]
    pub fn with_model(
        self,
        model: impl Into<ModelId>,
        steps: impl IntoIterator<Item = Step>,
    ) -> Self {
        self.script(model, steps);
        self
    }

    /// Replaces what [`Provider::models`] lists, which is otherwise the models of the script.
    #[must_use]
    pub fn with_catalogue(mut self, models: impl Into<Vec<ModelInfo>>) -> Self {
        self.catalogue = models.into();
        self
    }

    /// Gives a model new steps from now on.
    pub fn script(&self, model: impl Into<ModelId>, steps: impl IntoIterator<Item = Step>) {
        let steps = steps.into_iter().collect();
        let mut scripts = self.scripts.lock().unwrap_or_else(PoisonError::into_inner);
        scripts.insert(model.into(), steps);
    }

    /// Every call so far, oldest first.
    pub fn calls(&self) -> Vec<Call> {
        self.calls_from(0)
    }

    /// The calls after the first `count`, oldest first: one does not want all of a long test.
    pub fn calls_from(&self, count: usize) -> Vec<Call> {
        self.log.calls_from(count)
    }

    /// The call that came after `count` others.
    pub fn call(&self, count: usize) -> Option<Call> {
        self.log.call(count)
    }

    /// The calls of one model, oldest first.
    pub fn calls_to(&self, model: &str) -> Vec<Call> {
        self.calls().into_iter().filter(|call| call.model == model).collect()
    }

    /// The models called, in order.
    pub fn called_models(&self) -> Vec<ModelId> {
        self.calls().into_iter().map(|call| call.model).collect()
    }

    /// How many calls run now.
    pub fn running(&self) -> usize {
        self.log.running()
    }

    async fn play(&self, model: &ModelId, request: ChatRequest, stream: bool) -> Result<Playback> {
        let call = self.log.begin(model, request, stream);
        let Some(step) = self.next_step(model) else {
            let error = unknown_model(&self.id, model);
            call.end(CallEnd::Failed(error.kind()));
            return Err(error);
        };
        Playback::accept(step, &self.id, model, call).await
    }

    fn next_step(&self, model: &ModelId) -> Option<Step> {
        let mut scripts = self.scripts.lock().unwrap_or_else(PoisonError::into_inner);
        let steps = scripts.get_mut(model)?;
        if steps.len() > 1 { steps.pop_front() } else { steps.front().cloned() }
    }
}

#[async_trait]
impl Provider for ScriptedProvider {
    fn id(&self) -> &ProviderId {
        &self.id
    }

    async fn chat(&self, model: &ModelId, request: ChatRequest) -> Result<ChatResponse> {
        self.play(model, request, false).await?.whole().await
    }

    async fn stream(&self, model: &ModelId, request: ChatRequest) -> Result<ResponseStream> {
        Ok(self.play(model, request, true).await?.into_stream())
    }

    async fn models(&self) -> Result<Vec<ModelInfo>> {
        if !self.catalogue.is_empty() {
            return Ok(self.catalogue.clone());
        }
        let scripts = self.scripts.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(scripts.keys().cloned().map(ModelInfo::new).collect())
    }
}
