//! What the same model is sent a second time.

use llm_core::{ChatRequest, Message, Tool};
use llm_manager::GenerateOptions;
use llm_testkit::simulator::{ModelScript, Reply};

use super::{manager, story, upstream};

#[tokio::test(start_paused = true)]
async fn f09_the_same_bytes_are_sent_again() {
    let failures = [Reply::status(500), Reply::close(), Reply::status(529), Reply::garbage()];
    let shaky = failures.iter().enumerate().map(|(number, failure)| {
        ModelScript::new(format!("a/{number}")).with_replies([failure.clone()])
    });
    let simulator = upstream(shaky);
    let manager = manager(&simulator, "a/0", "");
    for number in 0..failures.len() {
        let tool = Tool::new("look_up", serde_json::json!({ "b": 1, "a": [2, 3] }));
        let messages = [Message::system("Be brief."), Message::user("Grüße \u{1F44B}")];
        let request = ChatRequest::new(messages)
            .with_tools([tool])
            .with_temperature(0.1)
            .with_max_tokens(50)
            .with_extra("zeta", 1)
            .with_extra("alpha", 2);
        let model = format!("a/{number}");
        let options = GenerateOptions::default().with_model(&*model);
        let outcome = manager.generate_response(request, &options).await.unwrap();
        assert_eq!(outcome.attempts().len(), 2, "{}", story(&outcome));
        let [first, second] = <[_; 2]>::try_from(simulator.calls_to(&model)).unwrap();
        assert_eq!(first.bytes, second.bytes);
        assert!(!first.bytes.is_empty());
        assert_eq!(first.headers, second.headers);
    }
}
