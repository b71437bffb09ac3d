//! A manager whose first model is in trouble, alone or with a healthy one behind it.

use std::{collections::BTreeSet, fmt::Write, time::Duration};

use futures_util::StreamExt;
use llm_core::{Attempt, ChatRequest, Error, ExclusionReason, Outcome, Result, Retry, StreamEvent};
use llm_manager::{GenerateOptions, LlmManager};
use llm_testkit::simulator::{Dialect, ModelScript, Reply, Simulator, SimulatorConfig};

use crate::support::config;

/// The model in trouble, at the provider `first`.
pub(crate) const MAIN: &str = "acme/main";
/// A healthy model of the same key.
pub(crate) const TWIN: &str = "acme/twin";
/// A healthy model of another key, at the provider `second`.
pub(crate) const SPARE: &str = "acme/spare";

/// Who is in the house besides the first model.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Chain {
    Alone,
    WithSpare,
    WithTwinAndSpare,
}

/// Further settings: under `llm`, of the first model and of the spare one, and whose API it is.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct More<'a> {
    pub(crate) llm: &'a str,
    pub(crate) main: &'a str,
    pub(crate) spare: &'a str,
    pub(crate) dialect: Dialect,
}

/// A simulated upstream, and a manager that has nothing else.
pub(crate) struct House {
    pub(crate) simulator: Simulator,
    pub(crate) manager: LlmManager,
}

/// The first model, which makes these replies one after another and the last of them for ever.
pub(crate) fn main_replying(replies: impl IntoIterator<Item = Reply>) -> ModelScript {
    let replies: Vec<Reply> = replies.into_iter().collect();
    let last = replies.last().cloned().unwrap_or_else(Reply::answer);
    ModelScript::new(MAIN).with_answer("from main").with_replies(replies).with_reply(last)
}

impl House {
    pub(crate) fn new(chain: Chain, main: ModelScript) -> Self {
        Self::with(chain, main, More::default())
    }

    pub(crate) fn with(chain: Chain, main: ModelScript, more: More<'_>) -> Self {
        Self::at(chain, SimulatorConfig::default().with_model(main), more)
    }

    pub(crate) fn at(chain: Chain, upstream: SimulatorConfig, more: More<'_>) -> Self {
        let upstream = upstream
            .with_dialect(more.dialect)
            .with_model(ModelScript::new(TWIN).with_answer("from twin"))
            .with_model(ModelScript::new(SPARE).with_answer("from spare"));
        let simulator = Simulator::start(upstream).unwrap();
        let url = simulator.base_url();
        let manager = manager(chain, [&url, &url], more);
        Self { simulator, manager }
    }

    /// Asks for a whole answer and tells what came of it.
    pub(crate) async fn ask(&self) -> String {
        self.tell(&self.asked().await)
    }

    pub(crate) async fn asked(&self) -> Result<Outcome> {
        self.manager.generate("Hi").await
    }

    /// Reads a stream: the text that was handed over, and what came of it.
    pub(crate) async fn read(&self) -> (String, String) {
        let mut stream = self.manager.stream("Hi", &GenerateOptions::default()).unwrap();
        let (mut text, mut failure) = (String::new(), None);
        while let Some(event) = stream.next().await {
            assert!(failure.is_none(), "nothing follows an error");
            match event {
                Ok(StreamEvent::Text(more)) => text.push_str(&more),
                Ok(_) => {}
                Err(error) => {
                    assert_eq!(error.history().unwrap().partial, !text.is_empty());
                    failure = Some(error);
                }
            }
        }
        let end = failure.map_or_else(|| Ok(stream.into_outcome().unwrap()), Err);
        (text, self.tell(&end))
    }

    /// How a request went: every attempt with its status, its kind and whether it is billed; the
    /// end; who rests.
    pub(crate) fn tell(&self, end: &Result<Outcome>) -> String {
        let mut story = story(end);
        let rest = self.rest_of(MAIN);
        if rest > Duration::from_secs(20) {
            write!(story, "; main rests {} s", rest.as_secs_f64().round()).unwrap();
        } else if !rest.is_zero() {
            story.push_str("; main rests");
        }
        story
    }

    /// How long a model, or its key, rests from now.
    pub(crate) fn rest_of(&self, model: &str) -> Duration {
        let standing = self.manager.models().into_iter().find(|known| known.model.model == *model);
        match standing.unwrap().obstacle {
            Some(
                ExclusionReason::CoolingDown { remaining }
                | ExclusionReason::CredentialParked { remaining },
            ) => remaining,
            _ => Duration::ZERO,
        }
    }

    /// How often a model was asked, as the upstream saw it.
    pub(crate) fn calls_to(&self, model: &str) -> usize {
        self.simulator.calls_to(model).len()
    }
}

/// A manager whose providers are at these addresses.
pub(crate) fn manager(chain: Chain, addresses: [&str; 2], more: More<'_>) -> LlmManager {
    let config = config(&yaml(chain, addresses, more));
    LlmManager::builder().config(config).without_state().build().unwrap()
}

/// The configuration of a house.
pub(crate) fn yaml(chain: Chain, [first, second]: [&str; 2], more: More<'_>) -> String {
    let More { llm, main, spare, dialect: kind } = more;
    let roles = match chain {
        Chain::Alone => format!("primary: [\"{MAIN}\"]"),
        Chain::WithSpare => format!("primary: [\"{MAIN}\"], fallback: [\"{SPARE}\"]"),
        Chain::WithTwinAndSpare => {
            format!("primary: [\"{MAIN}\"], reserve: [\"{TWIN}\"], fallback: [\"{SPARE}\"]")
        }
    };
    format!(
        "
llm:
  use_fastest: false
  seed: 7
  model_roles: {{ {roles} }}
  {llm}
providers:
  first:
    kind: {kind}
    base_url: \"{first}\"
    api_key: sk-test-000
    models: [{{ name: \"{MAIN}\", {main} }}, \"{TWIN}\"]
  second:
    kind: {kind}
    base_url: \"{second}\"
    api_key: sk-test-001
    models: [{{ name: \"{SPARE}\", {spare} }}]
"
    )
}

/// What came of a request: `main 503 overloaded no, spare 200 ok yes -> ok`, or in place of the
/// last word the error with its label and what it says about asking again.
pub(crate) fn story(end: &Result<Outcome>) -> String {
    let attempts = attempts(end);
    check_standing(end, attempts);
    let each = attempts.iter().map(|attempt| {
        let name = attempt.model.as_str().rsplit('/').next().unwrap_or_default().to_owned();
        let status = attempt.status.map(|status| format!(" {status}")).unwrap_or_default();
        format!("{name}{status} {} {}", attempt.outcome.as_str(), attempt.billed.as_str())
    });
    let each = each.collect::<Vec<_>>().join(", ");
    match end {
        Ok(_) => format!("{each} -> ok"),
        Err(error) => format!("{each} -> {}", ending(error)),
    }
}

/// What holds in every case: the chain has an end, and nothing secret is told.
fn check_standing(end: &Result<Outcome>, attempts: &[Attempt]) {
    let models: BTreeSet<_> = attempts.iter().map(|attempt| &attempt.model).collect();
    assert!(attempts.len() <= models.len() + 4, "{attempts:?}");
    let told = match end {
        Ok(outcome) => format!("{outcome:?}"),
        Err(error) => format!("{error} {error:?}"),
    };
    for secret in ["sk-test-00", "127.0.0.1", "http://", "https://"] {
        assert!(!told.contains(secret), "{secret} in {told}");
    }
}

fn attempts(end: &Result<Outcome>) -> &[Attempt] {
    end.as_ref().map_or_else(Error::attempts, Outcome::attempts)
}

fn ending(error: &Error) -> String {
    let again = match error.retry() {
        _ if !error.is_retryable() => "final".to_owned(),
        Some(Retry::After(wait)) => format!("again in {} s", wait.as_secs_f64()),
        _ => "again".to_owned(),
    };
    format!("{} {} {again}", error.label().as_str(), error.kind())
}

/// What comes of a request to the first model alone, and with a spare one; the upstream saw every
/// attempt once, and every attempt was accounted for once.
pub(crate) async fn both(replies: impl IntoIterator<Item = Reply>) -> [String; 2] {
    both_with(main_replying(replies), More::default()).await
}

/// The same, of a first model and settings of your own.
pub(crate) async fn both_with(main: ModelScript, more: More<'_>) -> [String; 2] {
    let mut told = Vec::new();
    for chain in [Chain::Alone, Chain::WithSpare] {
        let house = House::with(chain, main.clone(), more);
        let end = house.asked().await;
        let attempts = attempts(&end);
        assert_eq!(house.simulator.calls().len(), attempts.len(), "{attempts:?}");
        let known = house.manager.stats().into_values();
        let counted: u64 = known.map(|known| known.success_count + known.error_count).sum();
        assert_eq!(usize::try_from(counted).unwrap(), attempts.len(), "{attempts:?}");
        told.push(house.tell(&end));
    }
    told.try_into().unwrap()
}

/// A prompt of so many words.
pub(crate) fn prompt(words: usize) -> ChatRequest {
    ChatRequest::from("word ".repeat(words))
}
