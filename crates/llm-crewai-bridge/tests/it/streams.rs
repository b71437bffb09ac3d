//! Streamed answers.

use llm_core::ErrorKind;
use llm_crewai_bridge::{AnswerEvents, Next};
use llm_testkit::fakes::Step;
use serde_json::{Value, json};

use crate::support::{hello, read, service};

/// The events, and the reply at the end.
async fn all(mut stream: AnswerEvents) -> (Vec<Value>, Value) {
    let mut events = Vec::new();
    loop {
        match stream.next().await.unwrap() {
            Some(Next::Event(event)) => events.push(read(&event)),
            Some(Next::Reply(reply)) => {
                assert_eq!(stream.next().await, Ok(None), "nothing follows the reply");
                return (events, read(&reply));
            }
            None => panic!("a stream ended without a reply"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_events_are_the_reply() {
    let (service, _) = service([Step::text(["one ", "two"])]);
    let (events, reply) = all(service.stream(&hello()).unwrap()).await;
    let expected = ["one ", "two"].map(|text| json!({ "kind": "text", "text": text }));
    assert_eq!(events, expected);
    assert_eq!(reply["content"], "one two");
    assert_eq!(reply["success"], true);
    assert_eq!(reply["model_name"], "acme/one");
}

#[tokio::test(start_paused = true)]
async fn nothing_is_asked_before_the_first_event_is() {
    let (service, provider) = service([Step::answer("one")]);
    let stream = service.stream(&hello()).unwrap();
    tokio::task::yield_now().await;
    assert!(provider.calls().is_empty());
    drop(stream);
    assert!(provider.calls().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_failure_before_the_first_event_falls_back_unseen() {
    let (service, _) = service([Step::error(ErrorKind::Overloaded)]);
    let (events, reply) = all(service.stream(&hello()).unwrap()).await;
    assert_eq!(events, [json!({ "kind": "text", "text": "two" })]);
    let models: Vec<_> =
        reply["attempts"].as_array().unwrap().iter().map(|a| &a["model"]).collect();
    assert_eq!(models, ["acme/one", "acme/two"]);
}

#[tokio::test(start_paused = true)]
async fn a_failure_after_the_first_event_is_a_reply_with_what_was_handed_on() {
    let (service, provider) =
        service([Step::text(["one ", "two"]).then_error(ErrorKind::StreamCut)]);
    let (events, reply) = all(service.stream(&hello()).unwrap()).await;
    assert_eq!(events.len(), 2);
    assert_eq!(reply["success"], false);
    assert_eq!(reply["partial"], true);
    assert_eq!(reply["content"], "one two");
    assert_eq!(reply["error"]["kind"], "stream_cut");
    assert_eq!(provider.calls().len(), 1, "the other model is not asked");
}
