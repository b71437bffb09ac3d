//! A manager and the simulated upstreams it calls, in one runtime.

use std::{
    collections::BTreeMap,
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use anyhow::{Result, ensure};
use llm_core::{Attempt, ErrorKind};
use llm_manager::{
    LlmManager,
    config::{Config, Environment},
};
use llm_testkit::simulator::{Latency, LoggedCall, ModelScript, Simulator, SimulatorConfig};

use super::{
    door::{Door, KIND},
    load::Record,
};

/// The model that fails.
pub(super) const PRIMARY: &str = "acme/primary";
/// Those that stand behind it.
pub(super) const FALLBACKS: [&str; 2] = ["boreal/second", "tiny/third"];
/// Tokens of every answer.
pub(super) const ANSWER_TOKENS: usize = 24;

/// A model as it is when nothing goes wrong: answers of 24 tokens, the first after 0.8 s in the
/// median, a token each 20 ms.
pub(super) fn healthy(model: &str) -> ModelScript {
    let latency = Latency::LogNormal { median: Duration::from_millis(800), sigma: 0.3 };
    ModelScript::new(model)
        .with_latency(latency)
        .with_pace(Duration::from_millis(20))
        .with_answer("word ".repeat(ANSWER_TOKENS).trim_end())
}

/// What a house is built from.
#[derive(Debug, Default)]
pub(super) struct Blueprint {
    seed: u64,
    /// Settings under `llm`, a line each.
    llm: Vec<String>,
    /// The share of the primary's calls that find no listener.
    refuses: f64,
    models: Vec<(&'static str, ModelScript)>,
}

impl Blueprint {
    pub(super) fn new(seed: u64) -> Self {
        Self { seed, ..Self::default() }
    }

    /// Adds a setting under `llm`.
    pub(super) fn llm(mut self, setting: &str) -> Self {
        self.llm.push(setting.to_owned());
        self
    }

    /// Adds a model in a role. The first one has an upstream of its own.
    pub(super) fn model(mut self, role: &'static str, script: ModelScript) -> Self {
        self.models.push((role, script));
        self
    }

    /// Adds so many healthy fallbacks.
    pub(super) fn fallbacks(self, count: usize) -> Self {
        let names = FALLBACKS.iter().take(count);
        names.fold(self, |blueprint, name| blueprint.model("fallback", healthy(name)))
    }

    /// Refuses a share of the connections to the first model's upstream.
    pub(super) fn refusing(mut self, share: f64) -> Self {
        self.refuses = share;
        self
    }

    /// Builds the house in the current runtime.
    pub(super) fn build(self) -> Result<House> {
        let (first, others): (Vec<_>, Vec<_>) =
            self.models.iter().enumerate().partition(|(position, _)| *position == 0);
        let simulator = |models: Vec<(usize, &(&str, ModelScript))>| {
            let scripts = models.into_iter().map(|(_, (_, script))| script.clone());
            let config = SimulatorConfig::default().with_seed(self.seed).with_models(scripts);
            Simulator::start(config)
        };
        let (first, others) = (simulator(first)?, simulator(others)?);
        let door = Door::new(self.refuses, self.seed);
        let refused = door.refused();
        let yaml = self.yaml(&first.base_url(), &others.base_url());
        let config = Config::builder().text("chaos.yaml", yaml);
        let config = config.environment(Environment::default()).load()?;
        let builder = LlmManager::builder().config(config).without_state();
        let manager = builder.provider_kind(KIND, Arc::new(door)).build()?;
        Ok(House {
            manager,
            first: Some(first),
            others,
            gone: Vec::new(),
            down: Duration::ZERO..Duration::ZERO,
            refused,
        })
    }

    fn yaml(&self, first: &str, others: &str) -> String {
        let mut lines = vec!["llm:".to_owned(), format!("  seed: {}", self.seed)];
        lines.extend(self.llm.iter().map(|setting| format!("  {setting}")));
        lines.push("  model_roles:".to_owned());
        let mut roles: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (role, script) in &self.models {
            roles.entry(role).or_default().push(script.id());
        }
        let of_role =
            |(role, names): (&&str, &Vec<&str>)| format!("    {role}: [{}]", names.join(", "));
        lines.extend(roles.iter().map(of_role));
        let names: Vec<&str> = self.models.iter().map(|(_, script)| script.id()).collect();
        let (alone, rest) = names.split_at(names.len().min(1));
        let provider = |name: &str, kind: &str, url: &str, models: &[&str]| {
            format!(
                "  {name}: {{ kind: {kind}, base_url: \"{url}\", api_key: sk-test-000, models: [{}] }}",
                models.join(", ")
            )
        };
        lines.push("providers:".to_owned());
        lines.push(provider("one", KIND, first, alone));
        if !rest.is_empty() {
            lines.push(provider("two", "openrouter", others, rest));
        }
        lines.join("\n")
    }
}

/// A manager and its upstreams.
#[derive(Debug)]
pub(super) struct House {
    pub(super) manager: LlmManager,
    first: Option<Simulator>,
    others: Simulator,
    /// The calls of upstreams that were shut down.
    gone: Vec<LoggedCall>,
    /// When the first model's upstream was shut down, by the clock of the others.
    down: Range<Duration>,
    refused: Arc<AtomicUsize>,
}

impl House {
    /// Changes how the first model behaves from its next call on.
    pub(super) fn script_first(&self, script: ModelScript) {
        if let Some(first) = &self.first {
            first.set_model(script);
        }
    }

    /// Changes how another model behaves from its next call on.
    pub(super) fn script_other(&self, script: ModelScript) {
        self.others.set_model(script);
    }

    /// Kills the first model's upstream: its connections end, new ones are refused. The port on
    /// which it listened.
    pub(super) async fn kill_first(&mut self) -> Option<u16> {
        let first = self.first.take()?;
        let port = first.port();
        self.gone.extend(first.calls());
        first.close().await;
        self.down = self.others.uptime()..Duration::MAX;
        Some(port)
    }

    /// Starts the first model's upstream again.
    pub(super) fn revive_first(&mut self, port: u16, script: ModelScript) -> Result<()> {
        let config = SimulatorConfig::default().with_port(port).with_model(script);
        self.first = Some(Simulator::start(config)?);
        self.down.end = self.others.uptime();
        Ok(())
    }

    /// Where the first model's upstream is.
    pub(super) fn first_url(&self) -> Option<String> {
        self.first.as_ref().map(Simulator::base_url)
    }

    /// Where the other models' upstream is.
    pub(super) fn others_url(&self) -> String {
        self.others.base_url()
    }

    /// The clock of the log in which calls to `model` are.
    pub(super) fn clock(&self, model: &str) -> Duration {
        match &self.first {
            Some(first) if model == PRIMARY => first.uptime(),
            _ => self.others.uptime(),
        }
    }

    /// Every call the upstreams saw, by one clock. The connections that were refused are not among
    /// them.
    pub(super) fn calls(&self) -> Vec<LoggedCall> {
        let mut first = self.first.as_ref().map(Simulator::calls).unwrap_or_default();
        if !self.gone.is_empty() {
            // A revived upstream counts from its second birth.
            for call in &mut first {
                call.started += self.down.end;
                call.ended = call.ended.map(|ended| ended + self.down.end);
            }
        }
        self.gone.iter().cloned().chain(first).chain(self.others.calls()).collect()
    }

    /// The attempts the upstreams saw: calls, and connections that were refused.
    pub(super) fn seen(&self) -> usize {
        self.calls().len() + self.refused.load(Ordering::Relaxed)
    }

    /// Whether an attempt that began then found that the first model's upstream was shut down: no
    /// log but the caller's can have it.
    pub(super) fn is_refused(&self, attempt: &Attempt, began: Duration) -> bool {
        attempt.model == PRIMARY
            && attempt.outcome.error() == Some(ErrorKind::ConnectRefused)
            && self.down.contains(&began)
    }

    /// Checks that what the outcomes tell is what the upstreams saw, model by model. Connections
    /// that were refused while an upstream was shut down are those the outcomes tell of.
    pub(super) fn reconcile(&self, records: &[Record]) -> Result<()> {
        let attempts = || records.iter().flat_map(Record::begun);
        let shut = attempts().filter(|(began, attempt)| self.is_refused(attempt, *began)).count();
        self.reconcile_calls(attempts().map(|(_, attempt)| attempt.model.as_str()), shut)
    }

    /// Checks that the calls made, each told by its model, are those the upstreams saw, but for so
    /// many that found the first upstream shut down.
    pub(super) fn reconcile_calls<'a>(
        &self,
        made: impl Iterator<Item = &'a str>,
        shut: usize,
    ) -> Result<()> {
        let mut told: BTreeMap<&str, usize> = BTreeMap::new();
        for model in made {
            *told.entry(model).or_default() += 1;
        }
        let calls = self.calls();
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        for call in &calls {
            *seen.entry(call.model.as_str()).or_default() += 1;
        }
        let refused = self.refused.load(Ordering::Relaxed) + shut;
        if refused > 0 {
            *seen.entry(PRIMARY).or_default() += refused;
        }
        ensure!(told == seen, "the callers tell of {told:?}, the upstreams saw {seen:?}");
        Ok(())
    }
}
