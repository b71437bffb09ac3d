//! Which model of the upstream does what.

use std::time::Duration;

use llm_core::{ErrorKind, ModelId};

/// Which model of the upstream does what, so that the suite can ask for it.
///
/// A check whose model is not named is not run, and the report says so.
///
/// ```
/// use llm_core::ErrorKind;
/// use llm_testkit::conformance::{Failure, Fixture};
///
/// let fixture = Fixture::new("mock/healthy")
///     .with_text("Hello.")
///     .with_tools("mock/healthy")
///     .with_failure(Failure::new("mock/busy", [ErrorKind::RateLimited]))
///     .with_hanging("mock/hangs")
///     .with_secret("sk-test-000");
/// ```
#[derive(Clone, Debug)]
pub struct Fixture {
    pub(super) healthy: ModelId,
    pub(super) text: Option<String>,
    pub(super) listed: bool,
    pub(super) usage: bool,
    pub(super) limit: bool,
    pub(super) tools: Option<ModelId>,
    pub(super) without_tools: Option<ModelId>,
    pub(super) json: Option<ModelId>,
    pub(super) without_json: Option<ModelId>,
    pub(super) forced_tools: Option<Able>,
    pub(super) json_object: Option<Able>,
    pub(super) conversation: Option<ModelId>,
    pub(super) reasoning: Option<ModelId>,
    pub(super) images: Option<ModelId>,
    pub(super) without_images: Option<ModelId>,
    pub(super) slow: Option<ModelId>,
    pub(super) sampling: Option<ModelId>,
    pub(super) limited: Option<Failure>,
    pub(super) failures: Vec<Failure>,
    pub(super) cut: Option<ModelId>,
    pub(super) error_inside: Option<ModelId>,
    pub(super) hanging: Option<ModelId>,
    pub(super) stalling: Option<ModelId>,
    pub(super) secrets: Vec<String>,
    pub(super) patience: Duration,
}

/// A model, and whether it, or its provider, can do something.
#[derive(Clone, Debug)]
pub(super) enum Able {
    Can(ModelId),
    /// It must refuse.
    Cannot(ModelId),
}

/// A model that refuses or spoils every call, and what a provider must make of it.
#[derive(Clone, Debug)]
pub struct Failure {
    pub(super) model: ModelId,
    pub(super) kinds: Vec<ErrorKind>,
    pub(super) retry_after: Option<Duration>,
}

impl Failure {
    pub(super) fn model(&self) -> &ModelId {
        &self.model
    }

    /// Every call of `model` must end in an error of one of these kinds.
    pub fn new(model: impl Into<ModelId>, kinds: impl IntoIterator<Item = ErrorKind>) -> Self {
        Self { model: model.into(), kinds: kinds.into_iter().collect(), retry_after: None }
    }

    /// The error must carry this hint.
    #[must_use]
    pub fn with_retry_after(mut self, hint: Duration) -> Self {
        self.retry_after = Some(hint);
        self
    }
}

impl Fixture {
    /// An upstream of which is known that `healthy` answers.
    pub fn new(healthy: impl Into<ModelId>) -> Self {
        Self {
            healthy: healthy.into(),
            text: None,
            listed: false,
            usage: false,
            limit: false,
            tools: None,
            without_tools: None,
            json: None,
            without_json: None,
            forced_tools: None,
            json_object: None,
            conversation: None,
            reasoning: None,
            images: None,
            without_images: None,
            slow: None,
            sampling: None,
            limited: None,
            failures: Vec::new(),
            cut: None,
            error_inside: None,
            hanging: None,
            stalling: None,
            secrets: Vec::new(),
            patience: Duration::from_secs(10),
        }
    }

    /// The healthy model always answers with this text.
    #[must_use]
    pub fn with_text(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
        self
    }

    /// The catalogue lists the healthy model.
    #[must_use]
    pub fn with_catalogue(mut self) -> Self {
        self.listed = true;
        self
    }

    /// The healthy model reports the tokens it used.
    #[must_use]
    pub fn with_usage(mut self) -> Self {
        self.usage = true;
        self
    }

    /// The healthy model's answer is longer than one token, and it stops where it is told to.
    #[must_use]
    pub fn with_token_limit(mut self) -> Self {
        self.limit = true;
        self
    }

    /// `model` calls the tool it is offered.
    #[must_use]
    pub fn with_tools(mut self, model: impl Into<ModelId>) -> Self {
        self.tools = Some(model.into());
        self
    }

    /// `model` knows no tools: the call must fail, not lose them.
    #[must_use]
    pub fn without_tools(mut self, model: impl Into<ModelId>) -> Self {
        self.without_tools = Some(model.into());
        self
    }

    /// `model` answers in JSON that follows a schema.
    #[must_use]
    pub fn with_json(mut self, model: impl Into<ModelId>) -> Self {
        self.json = Some(model.into());
        self
    }

    /// `model` cannot be held to JSON: the call must fail, not lose the wish.
    #[must_use]
    pub fn without_json(mut self, model: impl Into<ModelId>) -> Self {
        self.without_json = Some(model.into());
        self
    }

    /// `model` calls the tool it is told to.
    #[must_use]
    pub fn with_forced_tools(mut self, model: impl Into<ModelId>) -> Self {
        self.forced_tools = Some(Able::Can(model.into()));
        self
    }

    /// Nobody can make `model` call a tool: the call must fail clearly, not lose the wish.
    #[must_use]
    pub fn without_forced_tools(mut self, model: impl Into<ModelId>) -> Self {
        self.forced_tools = Some(Able::Cannot(model.into()));
        self
    }

    /// `model` answers with a JSON object when it is asked for one.
    #[must_use]
    pub fn with_json_object(mut self, model: impl Into<ModelId>) -> Self {
        self.json_object = Some(Able::Can(model.into()));
        self
    }

    /// Nobody can ask `model` for a JSON object without a schema: the call must fail clearly, not
    /// lose the wish.
    #[must_use]
    pub fn without_json_object(mut self, model: impl Into<ModelId>) -> Self {
        self.json_object = Some(Able::Cannot(model.into()));
        self
    }

    /// `model` calls every tool it is offered at once, and answers when it is handed the results.
    #[must_use]
    pub fn with_conversation(mut self, model: impl Into<ModelId>) -> Self {
        self.conversation = Some(model.into());
        self
    }

    /// `model` thinks before it answers.
    #[must_use]
    pub fn with_reasoning(mut self, model: impl Into<ModelId>) -> Self {
        self.reasoning = Some(model.into());
        self
    }

    /// `model` reads images.
    #[must_use]
    pub fn with_images(mut self, model: impl Into<ModelId>) -> Self {
        self.images = Some(model.into());
        self
    }

    /// `model` reads only text: a call with an image must fail, not lose it.
    #[must_use]
    pub fn without_images(mut self, model: impl Into<ModelId>) -> Self {
        self.without_images = Some(model.into());
        self
    }

    /// `model` answers as the healthy one does, after a while in which it says that it is alive, as
    /// far as the upstream does that.
    #[must_use]
    pub fn with_slow(mut self, model: impl Into<ModelId>) -> Self {
        self.slow = Some(model.into());
        self
    }

    /// What is asked of the sampling of `model`, and not every upstream understands, is sent by the
    /// provider, or refused.
    #[must_use]
    pub fn with_sampling(mut self, model: impl Into<ModelId>) -> Self {
        self.sampling = Some(model.into());
        self
    }

    /// A model that says with every means of its upstream how long a caller must wait.
    #[must_use]
    pub fn with_limits(mut self, failure: Failure) -> Self {
        self.limited = Some(failure);
        self
    }

    /// A model fails every call.
    #[must_use]
    pub fn with_failure(mut self, failure: Failure) -> Self {
        self.failures.push(failure);
        self
    }

    /// The connection to `model` breaks after its first tokens.
    #[must_use]
    pub fn with_cut(mut self, model: impl Into<ModelId>) -> Self {
        self.cut = Some(model.into());
        self
    }

    /// `model` reports an error after its first tokens.
    #[must_use]
    pub fn with_error_inside(mut self, model: impl Into<ModelId>) -> Self {
        self.error_inside = Some(model.into());
        self
    }

    /// `model` never answers.
    #[must_use]
    pub fn with_hanging(mut self, model: impl Into<ModelId>) -> Self {
        self.hanging = Some(model.into());
        self
    }

    /// `model` falls silent after its first tokens.
    #[must_use]
    pub fn with_stalling(mut self, model: impl Into<ModelId>) -> Self {
        self.stalling = Some(model.into());
        self
    }

    /// A text that no error may show: the key, above all.
    #[must_use]
    pub fn with_secret(mut self, text: impl Into<String>) -> Self {
        self.secrets.push(text.into());
        self
    }

    /// How long a check may take; 10 s by default.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }
}
