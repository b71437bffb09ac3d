//! What a simulated server is told before it starts.

use std::{fmt, time::Duration};

use super::{dialect::Dialect, model_script::ModelScript};

/// The settings of a [`Simulator`](super::Simulator).
///
/// ```
/// use llm_testkit::simulator::{ModelScript, Reply, SimulatorConfig};
///
/// let config = SimulatorConfig::default()
///     .with_model(ModelScript::new("acme/swift-8b").with_answer("Hello."))
///     .with_model(ModelScript::new("acme/broken-8b").with_reply(Reply::status(503)));
/// ```
#[derive(Clone, Debug)]
pub struct SimulatorConfig {
    pub(super) dialect: Dialect,
    pub(super) seed: u64,
    pub(super) port: u16,
    pub(super) key: Key,
    pub(super) models: Vec<ModelScript>,
    pub(super) comment_every: Duration,
    pub(super) requests_per_connection: Option<usize>,
    pub(super) connection_faults: Vec<ConnectionFault>,
}

/// Which keys are accepted.
#[derive(Clone)]
pub(super) enum Key {
    NotNeeded,
    Any,
    Exactly(String),
}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::NotNeeded => "NotNeeded",
            Self::Any => "Any",
            Self::Exactly(_) => "Exactly(..)",
        })
    }
}

/// What happens to a connection before a model has a say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConnectionFault {
    /// Nothing: it serves as it should.
    None,
    /// It is closed as soon as it is open.
    Close,
    /// It is reset as soon as it is open.
    Reset,
    /// It is reset when half of a request's body has come.
    ResetMidRequest,
    /// It is never read.
    Silent,
}

impl Default for SimulatorConfig {
    fn default() -> Self {
        Self {
            dialect: Dialect::default(),
            seed: 0,
            port: 0,
            key: Key::Any,
            models: Vec::new(),
            comment_every: Duration::from_secs(5),
            requests_per_connection: None,
            connection_faults: Vec::new(),
        }
    }
}

impl SimulatorConfig {
    /// Adds a model; one with the same id is replaced.
    #[must_use]
    pub fn with_model(mut self, model: ModelScript) -> Self {
        self.models.retain(|known| known.id() != model.id());
        self.models.push(model);
        self
    }

    /// Adds models.
    #[must_use]
    pub fn with_models(self, models: impl IntoIterator<Item = ModelScript>) -> Self {
        models.into_iter().fold(self, Self::with_model)
    }

    /// Pretends to be this server; OpenRouter by default.
    #[must_use]
    pub fn with_dialect(mut self, dialect: Dialect) -> Self {
        self.dialect = dialect;
        self
    }

    /// Decides everything that is drawn: latencies, faults that strike sometimes, generated text.
    /// Call `n` of a model draws the same in every run with the same seed.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Listens on this port of 127.0.0.1; 0, the default, takes a free one.
    #[must_use]
    pub fn with_port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Accepts this key only. By default any key will do, and none is refused. Ollama asks for no
    /// key, whatever is set here.
    #[must_use]
    pub fn with_key(mut self, key: impl Into<String>) -> Self {
        self.key = Key::Exactly(key.into());
        self
    }

    /// Accepts calls without a key.
    #[must_use]
    pub fn without_key(mut self) -> Self {
        self.key = Key::NotNeeded;
        self
    }

    /// How often a stream says that it is alive before its first token, in the dialects that do;
    /// 5 s by default.
    #[must_use]
    pub fn with_comment_every(mut self, gap: Duration) -> Self {
        self.comment_every = gap;
        self
    }

    /// Closes a connection after so many requests, without announcing it.
    #[must_use]
    pub fn with_requests_per_connection(mut self, requests: usize) -> Self {
        self.requests_per_connection = Some(requests);
        self
    }

    /// What happens to the first connections, in order; later ones serve as they should.
    #[must_use]
    pub fn with_connection_faults(
        mut self,
        faults: impl IntoIterator<Item = ConnectionFault>,
    ) -> Self {
        self.connection_faults = faults.into_iter().collect();
        self
    }
}
