//! Texts that end an answer, from what is known of a model to what its provider is sent.

use std::sync::Arc;

use futures_util::StreamExt;
use llm_core::{ChatRequest, Sampling, StreamEvent};
use llm_manager::{GenerateOptions, LlmManager};
use llm_testkit::simulator::{ModelScript, Simulator, SimulatorConfig};

use crate::support::config;

const MODEL: &str = "acme/main";

/// A model that talks on, whatever it is sent.
fn upstream(parameters: &[&str]) -> Simulator {
    let model = ModelScript::new(MODEL)
        .with_answer("Action: look\nObservation: a cat")
        .with_supported_parameters(parameters.iter().copied());
    Simulator::start(SimulatorConfig::default().with_model(model)).unwrap()
}

fn manager(simulator: &Simulator, settings: &str) -> LlmManager {
    let yaml = format!(
        "
llm: {{ model_roles: {{ primary: [\"{MODEL}\"] }} }}
providers:
  openrouter:
    base_url: \"{}\"
    api_key: sk-test-000
    models: [{{ name: \"{MODEL}\"{settings} }}]
",
        simulator.base_url()
    );
    LlmManager::builder().config(config(&yaml)).without_state().build().unwrap()
}

/// Asks for a whole answer and for a stream, each of which ends at its stop text; whether the
/// provider was sent it.
async fn is_sent(simulator: &Simulator, manager: &LlmManager) -> bool {
    let stop = Arc::from(["\nObservation:".to_owned()]);
    let request = ChatRequest::from("Look").with_sampling(Sampling { stop, ..Sampling::default() });
    assert_eq!(manager.generate(request.clone()).await.unwrap().text(), "Action: look");
    let mut stream = manager.stream(request, &GenerateOptions::default()).unwrap();
    let mut text = String::new();
    while let Some(event) = stream.next().await {
        if let StreamEvent::Text(more) = event.unwrap() {
            text.push_str(&more);
        }
    }
    assert_eq!(text, "Action: look");
    let sent: Vec<_> =
        simulator.calls().iter().map(|call| call.body.get("stop").is_some()).collect();
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0], sent[1]);
    sent[0]
}

#[tokio::test(start_paused = true)]
async fn a_model_whose_catalogue_has_no_stop_is_not_sent_it() {
    for (parameters, sent) in [(&["temperature"][..], false), (&["temperature", "stop"], true)] {
        let simulator = upstream(parameters);
        let manager = manager(&simulator, "");
        manager.catalogue(&"openrouter".into()).await.unwrap();
        assert_eq!(is_sent(&simulator, &manager).await, sent, "{parameters:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_of_capabilities_says_whether_stop_is_sent_and_without_one_it_is() {
    for (settings, sent) in
        [("", true), (", capabilities: [tools, stop]", true), (", capabilities: [tools]", false)]
    {
        let simulator = upstream(&[]);
        let manager = manager(&simulator, settings);
        assert_eq!(is_sent(&simulator, &manager).await, sent, "{settings}");
    }
}
