//! What the other end of the connection sees of two calls at once.

use std::time::Duration;

use llm_core::AttemptOutcome;
use llm_manager::LlmManager;
use llm_testkit::simulator::{Latency, ModelScript, Reply, Simulator, SimulatorConfig};

use crate::support::config;

#[tokio::test(start_paused = true)]
async fn two_calls_overlap_and_the_loser_is_hung_up_on() {
    let models = [
        ModelScript::new("a/fast")
            .with_answer("fine")
            .with_latency(Latency::Fixed(Duration::from_millis(100))),
        ModelScript::new("b/slow").with_reply(Reply::stall_after(0)),
    ];
    let simulator = Simulator::start(SimulatorConfig::default().with_models(models)).unwrap();
    let yaml = format!(
        "llm:\n  strategy: best_of_two\n  model_roles: {{ primary: [a/fast, b/slow] }}\n\
         providers:\n  openrouter: {{ base_url: \"{}\", api_key: sk-test-000 }}\n",
        simulator.base_url()
    );
    let manager = LlmManager::builder().config(config(&yaml)).without_state().build().unwrap();
    let outcome = manager.generate("Hi").await.unwrap();
    assert_eq!(outcome.text(), "fine");
    let failed: Vec<&str> = outcome
        .attempts()
        .iter()
        .filter(|attempt| attempt.outcome != AttemptOutcome::Ok)
        .map(|attempt| attempt.model.as_str())
        .collect();
    assert_eq!(failed, ["b/slow"]);

    // The manager lives: only the dropped call can have closed the connection.
    simulator.wait_for_ended(2).await;
    let (fast, slow) = (&simulator.calls_to("a/fast")[0], &simulator.calls_to("b/slow")[0]);
    assert!(slow.client_left(), "{slow:?}");
    assert!(!fast.client_left(), "{fast:?}");
    assert!(slow.started < fast.ended.unwrap() && fast.started < slow.ended.unwrap());
    drop(manager);
}
