//! Requests on their whole way, from the configuration to the other end of the connection.
//!
//! Client and simulated upstream share one runtime with paused time.

mod fallback;
mod large;
mod leaving;
mod retry;

use futures_util::StreamExt;
use llm_core::{Error, Outcome, StreamEvent};
use llm_manager::{GenerateOptions, LlmManager};
use llm_testkit::simulator::{ModelScript, Simulator, SimulatorConfig};

use crate::support::config;

/// A simulated OpenRouter with these models.
fn upstream(models: impl IntoIterator<Item = ModelScript>) -> Simulator {
    Simulator::start(SimulatorConfig::default().with_models(models)).unwrap()
}

/// A manager of `models`, in chain order, with more settings under `llm`.
fn manager(simulator: &Simulator, models: &str, llm: &str) -> LlmManager {
    manager_at(&simulator.base_url(), models, llm)
}

/// A manager of `models` that OpenRouter serves at `base_url`.
fn manager_at(base_url: &str, models: &str, llm: &str) -> LlmManager {
    let config = config(&yaml(base_url, models, llm));
    LlmManager::builder().config(config).without_state().build().unwrap()
}

/// The configuration of such a manager.
fn yaml(base_url: &str, models: &str, llm: &str) -> String {
    format!(
        "llm:\n  strategy: fallback\n  model_roles: {{ primary: [{models}] }}\n{llm}\n\
         providers:\n  openrouter: {{ base_url: \"{base_url}\", api_key: sk-test-000 }}\n"
    )
}

/// The story of a request in one line: `a:ok b:overloaded`.
fn story(outcome: &Outcome) -> String {
    let attempts = outcome.attempts().iter();
    let each = attempts.map(|attempt| format!("{}:{}", attempt.model, attempt.outcome.as_str()));
    each.collect::<Vec<_>>().join(" ")
}

/// Everything a caller of a stream sees, without the ids that differ from answer to answer.
async fn read(
    manager: &LlmManager,
    options: &GenerateOptions,
) -> (Vec<StreamEvent>, Option<Error>) {
    let mut stream = manager.stream("Hi", options).unwrap();
    let (mut events, mut error) = (Vec::new(), None);
    while let Some(event) = stream.next().await {
        assert!(error.is_none(), "nothing follows an error");
        match event {
            Ok(StreamEvent::Start(mut meta)) => {
                meta.id = None;
                events.push(StreamEvent::Start(meta));
            }
            Ok(event) => events.push(event),
            Err(failed) => error = Some(failed),
        }
    }
    (events, error)
}

/// Whether health keeps the model from being called.
fn rests(manager: &LlmManager, name: &str) -> bool {
    let standings = manager.models();
    standings.iter().any(|standing| standing.model.model == *name && standing.obstacle.is_some())
}
