//! A simulated upstream in the test's own process.

use llm_testkit::simulator::{Dialect, LoggedCall, ModelScript, Reply, Simulator, SimulatorConfig};
use tokio::{runtime::Runtime, time::timeout};

use super::{HANG, Home};

/// A simulated upstream and a configuration that leads to it.
pub(crate) struct Upstream {
    simulator: Simulator,
    // Dropped after the simulator, which lives on it.
    runtime: Runtime,
}

impl Upstream {
    pub(crate) fn new(models: impl IntoIterator<Item = ModelScript>) -> Self {
        Self::speaking(Dialect::OpenRouter, models)
    }

    /// One that pretends to be the server of `dialect`.
    pub(crate) fn speaking(
        dialect: Dialect,
        models: impl IntoIterator<Item = ModelScript>,
    ) -> Self {
        let runtime = Runtime::new().unwrap();
        let entered = runtime.enter();
        let config = SimulatorConfig::default().with_dialect(dialect).with_models(models);
        let simulator = Simulator::start(config).unwrap();
        drop(entered);
        Self { simulator, runtime }
    }

    /// A primary `a/first` that replies like this, and a reserve `b/second` that answers `second`.
    pub(crate) fn failing(reply: Reply) -> Self {
        Self::new([
            ModelScript::new("a/first").with_answer("first").with_reply(reply),
            ModelScript::new("b/second").with_answer("second"),
        ])
    }

    /// A home whose settings lead here. `llm` are lines of the section `llm`.
    pub(crate) fn home(&self, llm: &str) -> Home {
        home_at(&self.simulator.base_url(), llm)
    }

    /// Every model that was called, in order.
    pub(crate) fn called(&self) -> Vec<String> {
        self.simulator.calls().into_iter().map(|call| call.model).collect()
    }

    /// Whether each call asked for a stream, in order.
    pub(crate) fn streamed(&self) -> Vec<bool> {
        self.simulator.calls().iter().map(|call| call.stream).collect()
    }

    /// Waits until so many calls have begun.
    pub(crate) fn wait_for_calls(&self, number: usize) {
        self.wait_until(|calls| calls.len() >= number);
    }

    /// Waits until the client of the first call has left.
    pub(crate) fn wait_for_departure(&self) {
        self.wait_until(|calls| calls.first().is_some_and(LoggedCall::client_left));
    }

    fn wait_until(&self, enough: impl Fn(&[LoggedCall]) -> bool) {
        let waited = async { timeout(HANG, self.simulator.wait_until(enough)).await };
        assert!(self.runtime.block_on(waited).is_ok(), "in vain: {:?}", self.simulator.calls());
    }

    pub(crate) fn base_url(&self) -> String {
        self.simulator.base_url()
    }
}

/// A home whose provider is at `base_url`, with a primary `a/first` and a reserve `b/second`
/// unless `llm` says otherwise.
pub(crate) fn home_at(base_url: &str, llm: &str) -> Home {
    let roles = if llm.contains("model_roles") {
        ""
    } else {
        "  model_roles: { primary: [a/first], reserve: [b/second] }\n"
    };
    let settings = format!(
        "llm:\n{roles}{llm}\nproviders:\n  openrouter:\n    base_url: {base_url}\n    \
         api_key: ${{OPENROUTER_API_KEY}}\n"
    );
    Home::with_settings(&settings).set("OPENROUTER_API_KEY", "sk-test-000")
}
