//! Texts that end an answer, whichever model answers.

use std::sync::Arc;

use futures_util::{StreamExt, stream};
use llm_core::{
    ChatRequest, ErrorKind, FinishReason, MockEvaluator, MockProvider, Outcome, Result, Sampling,
    StreamEvent, Usage, Verdict,
};
use llm_strategies::{BestOfTwo, CallOptions, Commit, Engine, Fallback};
use llm_testkit::fakes::{ScriptedProvider, Step};
use tokio::time::Instant;

use crate::support::*;

const END: &str = "\nObservation:";

fn request() -> ChatRequest {
    let stop = Arc::from([END.to_owned()]);
    ChatRequest::from("Hi").with_sampling(Sampling { stop, ..Sampling::default() })
}

async fn asked(engine: &Engine) -> Result<Outcome> {
    engine.generate(&Fallback, request(), &CallOptions::default()).await
}

/// The pieces of text that a caller sees, and how the stream ended.
async fn read(engine: &Engine) -> (Vec<String>, Result<Outcome>) {
    let mut stream = engine.stream(Arc::new(Fallback), request(), CallOptions::default());
    let mut pieces = Vec::new();
    while let Some(event) = stream.next().await {
        match event {
            Ok(StreamEvent::Text(text)) => pieces.push(text),
            Ok(_) => {}
            Err(error) => return (pieces, Err(error)),
        }
    }
    (pieces, Ok(stream.into_outcome().unwrap()))
}

fn house(steps: Vec<Step>) -> (Arc<ScriptedProvider>, Engine) {
    house_with(Commit::FirstToken, steps)
}

fn house_with(commit: Commit, steps: Vec<Step>) -> (Arc<ScriptedProvider>, Engine) {
    let provider = scripted([("p", steps), ("f", vec![Step::answer("from f")])]);
    let settings = settings(|s| {
        s.commit = commit;
        s.retry_attempts = 0;
    });
    let engine = engine_with(settings, &provider, &[("p", Primary), ("f", LAST_RESORT)]);
    (provider, engine)
}

fn talkative() -> Step {
    Step::text(["Act", "ion: look\nObs", "ervation", ": I see", " a cat"])
        .with_usage(Usage::of(7, 9))
}

#[tokio::test(start_paused = true)]
async fn an_answer_ends_at_its_stop_text_whole_and_streamed() {
    let window = Commit::Window { tokens: 2, time: seconds(1.5) };
    for commit in [Commit::FirstToken, window, Commit::Complete] {
        let (_, engine) = house_with(commit, vec![talkative()]);
        let whole = asked(&engine).await.unwrap();
        let (pieces, streamed) = read(&engine).await;
        let streamed = streamed.unwrap();
        assert_eq!(whole.text(), "Action: look");
        assert_eq!(pieces.concat(), "Action: look");
        assert_eq!(streamed.response.message, whole.response.message);
        assert_eq!(whole.response.finish_reason, Some(FinishReason::Stop));
        assert_eq!(whole.response.usage, Some(Usage::of(7, 9)), "read to its end");
        assert_eq!(whole.attempts()[0].usage, Some(Usage::of(7, 9)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_whole_answer_of_a_model_without_a_stream_ends_there_too() {
    let provider = scripted([("p", vec![Step::answer("Action: look\nObservation: a cat")])]);
    let mut target = target(&provider, "p", Primary);
    target.upstream_stream = false;
    let engine = engine_of([target]);
    assert_eq!(asked(&engine).await.unwrap().text(), "Action: look");
    assert_eq!(read(&engine).await.0, ["Action: look"]);
    assert!(provider.calls().iter().all(|call| !call.streamed));
}

#[tokio::test(start_paused = true)]
async fn a_model_that_takes_no_stop_is_not_sent_it_and_its_answer_is_cut() {
    for (can, sent) in [(Some(false), 0), (Some(true), 1), (None, 1)] {
        let provider = scripted([("p", vec![talkative()])]);
        let mut target = target(&provider, "p", Primary);
        target.capabilities.stop = can;
        let engine = engine_of([target]);
        assert_eq!(asked(&engine).await.unwrap().text(), "Action: look", "{can:?}");
        assert_eq!(provider.calls()[0].request.sampling.stop.len(), sent, "{can:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stop_of_the_models_own_settings_counts_like_the_callers() {
    let provider = scripted([("p", vec![talkative()])]);
    let mut target = target(&provider, "p", Primary);
    target.defaults.sampling.stop = Arc::from([END.to_owned()]);
    assert_eq!(ask(&engine_of([target])).await.unwrap().text(), "Action: look");
}

#[tokio::test(start_paused = true)]
async fn only_what_may_be_the_beginning_of_a_stop_text_is_waited_for() {
    let pieces = ["a", "b\n", "Obs", "olete", "\n"];
    let (_, engine) = house(vec![Step::text(pieces).gap(seconds(1.0))]);
    let mut stream = engine.stream(Arc::new(Fallback), request(), CallOptions::default());
    let started = Instant::now();
    let mut seen = Vec::new();
    while let Some(event) = stream.next().await {
        if let StreamEvent::Text(text) = event.unwrap() {
            seen.push((text, started.elapsed().as_secs()));
        }
    }
    let expected = [("a", 1), ("b", 2), ("\nObsolete", 4), ("\n", 6)];
    assert_eq!(seen, expected.map(|(text, second)| (text.to_owned(), second)));
}

#[tokio::test(start_paused = true)]
async fn text_that_is_held_commits_to_nobody() {
    let (provider, engine) = house(vec![Step::text(["\nObs"]).then_cut()]);
    let (pieces, outcome) = read(&engine).await;
    assert_eq!((pieces.concat().as_str(), outcome.unwrap().text().as_str()), ("from f", "from f"));
    assert_eq!(called(&provider), "p f");
}

#[tokio::test(start_paused = true)]
async fn of_an_answer_that_breaks_in_sight_all_that_was_said_is_handed_over() {
    for broken in [
        Step::text(["a", "\nObs"]).then_cut(),
        Step::text(["a", "\nObs"]).then_error(ErrorKind::UpstreamMidError),
    ] {
        let (_, engine) = house(vec![broken]);
        let (pieces, outcome) = read(&engine).await;
        assert_eq!(pieces, ["a", "\nObs"]);
        assert!(outcome.unwrap_err().history().unwrap().partial);
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_whole_at_its_stop_text_whatever_becomes_of_the_rest() {
    let text = ["ok", END, " and on"];
    let endless = Step::text(text).then_repeat(seconds(1.0), StreamEvent::Text("on ".to_owned()));
    for rest in [
        Step::text(text).then_cut(),
        Step::text(text).then_hang(),
        Step::text(text).then_error(ErrorKind::UpstreamMidError),
        endless,
    ] {
        let (provider, engine) = house(vec![rest]);
        let whole = asked(&engine).await.unwrap();
        assert_eq!(whole.text(), "ok");
        assert_eq!(whole.response.finish_reason, Some(FinishReason::Stop));
        let (pieces, streamed) = read(&engine).await;
        assert_eq!(pieces, ["ok"]);
        assert_eq!(streamed.unwrap().response.finish_reason, Some(FinishReason::Stop));
        assert_eq!(called(&provider), "p p");
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_begins_with_its_stop_text_is_empty() {
    let (provider, engine) = house(vec![Step::text([END, " a cat"])]);
    let outcome = asked(&engine).await.unwrap();
    assert_eq!(story(outcome.attempts()), "p:empty_content f:ok");
    let (pieces, _) = read(&engine).await;
    assert_eq!(pieces.concat(), "from f", "nothing of it was seen");
    assert_eq!(called(&provider), "p f p f");
}

#[tokio::test(start_paused = true)]
async fn the_judge_sees_answers_that_end_at_their_stop_text() {
    let provider = scripted([
        ("a", vec![Step::text(["Action: a", "\nObser", "vation: made up"])]),
        ("b", vec![Step::text(["Action: b\nObservation: made up"])]),
    ]);
    let mut evaluator = MockEvaluator::new();
    evaluator.expect_evaluate().times(1).returning(|comparison| {
        let texts = [comparison.first.text(), comparison.second.text()];
        assert_eq!(texts, ["Action: a", "Action: b"]);
        Ok(Verdict { score: 1, preferences: Vec::new() })
    });
    let mut deaf = MockProvider::new();
    deaf.expect_stream().returning(|_, _| Ok(stream::pending().boxed()));
    let engine = engine_of([
        target(&provider, "a", Primary),
        target(&provider, "b", Primary),
        target(&Arc::new(deaf), "j", Duplicate),
    ]);
    let strategy = BestOfTwo::new(Arc::new(evaluator));
    let outcome = engine.generate(&strategy, request(), &CallOptions::default()).await.unwrap();
    assert_eq!(outcome.text(), "Action: a");
}
