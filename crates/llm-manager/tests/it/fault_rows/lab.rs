//! What every row is tried on: a sick model with three healthy ones behind it.

use std::{sync::Arc, time::Duration};

use futures_util::StreamExt;
use llm_core::{
    Attempt, ChatRequest, Error, ExclusionReason, ModelRef, ModelRole, Outcome, Price, Provider,
    Result, StreamEvent,
};
use llm_strategies::{
    CallOptions, Commit, Engine, EngineSettings, Fallback, FaultTable, Reactions, Target, Timeouts,
    WhenAllUnavailable,
};
use llm_testkit::simulator::{Dialect, ModelScript, Reply, Simulator, SimulatorConfig};
use rust_decimal::Decimal;

use crate::dialects::{self, Lookup};

/// The model in trouble.
pub(crate) const SICK: &str = "acme/sick";
/// A healthy model with the same key and as small a window.
pub(crate) const TWIN: &str = "acme/twin";
/// A healthy model with another key and a large window.
pub(crate) const SPARE: &str = "acme/spare";
/// A healthy model with the key of the first, which costs nothing.
pub(crate) const FREE: &str = "acme/free";

/// The deadline where a row sets no other.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(600);

/// Draws most of a pause.
const SEED: u64 = 38;

/// How a caller asks, and how the provider is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// One whole answer, for which the provider streams.
    Whole,
    /// One whole answer, for which the provider sends one.
    WholeUnstreamed,
    /// A stream.
    Stream,
    /// A stream, for which the provider sends a whole answer.
    StreamUnstreamed,
    /// A stream that is held back until it is whole.
    HeldStream,
}

/// All but the one that differs from the others only after content has come.
pub(crate) const EVERY: &[Form] =
    &[Form::Whole, Form::WholeUnstreamed, Form::Stream, Form::StreamUnstreamed];
/// Those in which the provider streams, and nothing is handed over before the answer is whole.
pub(crate) const HELD: &[Form] = &[Form::Whole, Form::HeldStream];
/// Those in which the provider streams.
pub(crate) const STREAMED: &[Form] = &[Form::Whole, Form::Stream, Form::HeldStream];
/// Those in which the provider sends one whole answer.
pub(crate) const UNSTREAMED: &[Form] = &[Form::WholeUnstreamed, Form::StreamUnstreamed];

impl Form {
    pub(crate) fn upstream_streams(self) -> bool {
        !matches!(self, Self::WholeUnstreamed | Self::StreamUnstreamed)
    }

    fn caller_streams(self) -> bool {
        matches!(self, Self::Stream | Self::StreamUnstreamed | Self::HeldStream)
    }
}

/// What is wrong with the first model.
#[derive(Clone, Debug)]
pub(crate) enum Trouble {
    /// Its script.
    Script(Box<ModelScript>),
    /// What it replies where a stream is asked for, and where a whole answer is.
    Replies { stream: Box<Reply>, whole: Box<Reply> },
    /// It is somewhere else.
    Elsewhere(Place),
}

/// A server that is not the simulator.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) scheme: &'static str,
    pub(crate) host: String,
    pub(crate) lookup: Lookup,
}

impl From<ModelScript> for Trouble {
    fn from(script: ModelScript) -> Self {
        Self::Script(Box::new(script))
    }
}

impl From<Reply> for Trouble {
    fn from(reply: Reply) -> Self {
        sick().with_reply(reply).into()
    }
}

impl From<Place> for Trouble {
    fn from(place: Place) -> Self {
        Self::Elsewhere(place)
    }
}

/// The first model, in words a reader can count.
pub(crate) fn sick() -> ModelScript {
    ModelScript::new(SICK).with_answer("one two three four five six")
}

/// What an engine is told here.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) form: Form,
    pub(crate) table: FaultTable,
    pub(crate) timeout: Duration,
    pub(crate) timeouts: Timeouts,
    pub(crate) retry_attempts: u32,
    pub(crate) fallback_on_refusal: bool,
    pub(crate) when_all_unavailable: WhenAllUnavailable,
    pub(crate) reactions: Reactions,
    pub(crate) seed: u64,
    /// Whether the first model is the only one.
    pub(crate) alone: bool,
}

impl Told {
    pub(crate) fn new(form: Form) -> Self {
        Self {
            form,
            table: FaultTable::default(),
            timeout: TIMEOUT,
            timeouts: Timeouts::default(),
            retry_attempts: 1,
            fallback_on_refusal: false,
            when_all_unavailable: WhenAllUnavailable::Try,
            reactions: Reactions::default(),
            seed: SEED,
            alone: false,
        }
    }
}

/// A simulated upstream and clients of it.
pub(crate) struct Lab {
    pub(crate) simulator: Simulator,
    dialect: Dialect,
    sick: Arc<dyn Provider>,
    healthy: Arc<dyn Provider>,
    pub(crate) trouble: Trouble,
}

impl Lab {
    pub(crate) fn new(dialect: Dialect, trouble: impl Into<Trouble>) -> Self {
        let trouble = trouble.into();
        let healthy = [(TWIN, "from twin"), (SPARE, "from spare"), (FREE, "from free")];
        let models = healthy.map(|(id, text)| ModelScript::new(id).with_answer(text));
        let config = SimulatorConfig::default().with_dialect(dialect).with_models(models);
        let simulator = Simulator::start(config).unwrap();
        let healthy = dialects::provider(dialect, &simulator.base_url());
        let sick = match &trouble {
            Trouble::Elsewhere(Place { scheme, host, lookup }) => {
                let address = format!("{scheme}://{host}{}", dialects::base(dialect));
                dialects::provider_with(dialect, &address, *lookup)
            }
            _ => Arc::clone(&healthy),
        };
        Self { simulator, dialect, sick, healthy, trouble }
    }

    /// An engine that knows nothing yet.
    pub(crate) fn engine(&self, told: &Told) -> Engine {
        match &self.trouble {
            Trouble::Script(script) => self.simulator.set_model(ModelScript::clone(script)),
            Trouble::Replies { stream, whole } => {
                let reply = if told.form.upstream_streams() { stream } else { whole };
                self.simulator.set_model(sick().with_reply(Reply::clone(reply)));
            }
            Trouble::Elsewhere(_) => {}
        }
        let mut settings = EngineSettings::default();
        settings.timeout = told.timeout;
        settings.retry_attempts = told.retry_attempts;
        settings.fallback_on_refusal = told.fallback_on_refusal;
        settings.when_all_unavailable = told.when_all_unavailable;
        settings.fault_table = told.table.clone();
        settings.seed = told.seed;
        settings.commit = match told.form {
            Form::HeldStream => Commit::Complete,
            _ => Commit::FirstToken,
        };
        let mut targets = vec![self.target(SICK, ModelRole::Primary, told)];
        if !told.alone {
            targets.push(self.target(TWIN, ModelRole::Reserve, told));
            targets.push(self.target(SPARE, ModelRole::Fallback, told));
            targets.push(self.target(FREE, ModelRole::Fallback, told));
        }
        Engine::new(settings, targets)
    }

    fn target(&self, name: &str, role: ModelRole, told: &Told) -> Target {
        let provider = if name == SICK { &self.sick } else { &self.healthy };
        let mut target = Target::new(model(self.dialect, name), Arc::clone(provider), Some(role));
        let (key, window) = if name == SPARE { ("b", 100_000) } else { ("a", 8_192) };
        target.credential = Arc::from(key);
        target.capabilities.context_window = Some(window);
        target.timeouts = told.timeouts;
        target.reactions = told.reactions.clone();
        target.upstream_stream = told.form.upstream_streams();
        let price = if name == FREE { Decimal::ZERO } else { Decimal::new(1, 6) };
        target.price = Some(Price::per_token(price, price));
        target
    }
}

pub(crate) fn model(dialect: Dialect, name: &str) -> ModelRef {
    ModelRef::new(dialect.name(), name)
}

/// What a caller got.
#[derive(Debug)]
pub(crate) struct Got {
    /// The text handed over, also before a failure.
    pub(crate) text: String,
    pub(crate) end: Result<Outcome>,
}

impl Got {
    pub(crate) fn attempts(&self) -> &[Attempt] {
        self.end.as_ref().map_or_else(Error::attempts, Outcome::attempts)
    }

    /// The attempts on the first model.
    pub(crate) fn on_sick(&self) -> Vec<&Attempt> {
        self.attempts().iter().filter(|attempt| attempt.model == *SICK).collect()
    }
}

/// Asks along the chain.
pub(crate) async fn ask(engine: &Engine, form: Form, request: &ChatRequest) -> Got {
    let options = CallOptions::default();
    if !form.caller_streams() {
        let end = engine.generate(&Fallback, request.clone(), &options).await;
        let text = end.as_ref().map(Outcome::text).unwrap_or_default();
        return Got { text, end };
    }
    let mut stream = engine.stream(Arc::new(Fallback), request.clone(), options);
    let (mut text, mut failure) = (String::new(), None);
    while let Some(event) = stream.next().await {
        assert!(failure.is_none(), "nothing follows an error");
        match event {
            Ok(StreamEvent::Text(more)) => text.push_str(&more),
            Ok(_) => {}
            Err(error) => failure = Some(error),
        }
    }
    let end = failure.map_or_else(|| Ok(stream.into_outcome().unwrap()), Err);
    Got { text, end }
}

/// Why a model cannot be called at the moment, if it cannot.
pub(crate) fn obstacle(engine: &Engine, name: &str) -> Option<ExclusionReason> {
    let standing = engine.standings().into_iter().find(|standing| standing.model.model == *name);
    standing.unwrap().obstacle
}

/// How long a model, or its key, rests from now.
pub(crate) fn rest_of(engine: &Engine, name: &str) -> Duration {
    match obstacle(engine, name) {
        Some(
            ExclusionReason::CoolingDown { remaining }
            | ExclusionReason::CredentialParked { remaining },
        ) => remaining,
        _ => Duration::ZERO,
    }
}
