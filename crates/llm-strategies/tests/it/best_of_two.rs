//! Two models at once, and the better answer.

use std::{sync::Arc, time::Duration};

use futures_util::{StreamExt, stream};
use llm_core::{
    ChatRequest, ChatResponse, ErrorKind, FinishReason, JudgementStatus, MockEvaluator,
    MockProvider, ModelRole, Outcome, Preference, ResponseFormat, StreamEvent, Usage, Verdict,
};
use llm_strategies::{BestOfTwo, CallOptions, Engine, LlmEvaluator, Reaction, SoftFailure, Target};
use llm_testkit::fakes::{CallEnd, ScriptedProvider, Step};
use tokio::time::timeout;

use crate::{judge::Material, support::*};

pub(crate) const CHAIN: [(&str, ModelRole); 4] =
    [("acme/a", Primary), ("best/b", Primary), ("jury/j", Duplicate), ("last/f", LAST_RESORT)];

pub(crate) fn judged() -> BestOfTwo {
    BestOfTwo::new(Arc::new(LlmEvaluator::new(3)))
}

/// A strategy whose evaluator answers `score` once.
pub(crate) fn decided_by(score: i8) -> BestOfTwo {
    let mut evaluator = MockEvaluator::new();
    let preferences = vec![Some(Preference::Tie)];
    let verdict = Verdict { score, preferences };
    evaluator.expect_evaluate().times(1).returning(move |_| Ok(verdict.clone()));
    BestOfTwo::new(Arc::new(evaluator))
}

/// A strategy whose evaluator must not be asked.
fn unjudged() -> BestOfTwo {
    let mut evaluator = MockEvaluator::new();
    evaluator.expect_evaluate().never();
    BestOfTwo::new(Arc::new(evaluator))
}

pub(crate) fn provider(a: Step, b: Step, j: Step) -> Arc<ScriptedProvider> {
    scripted([
        ("acme/a", vec![a]),
        ("best/b", vec![b]),
        ("jury/j", vec![j]),
        ("last/f", vec![Step::answer("from the chain")]),
    ])
}

pub(crate) fn answer(text: &str, after: f64) -> Step {
    Step::answer(text).after(seconds(after))
}

/// Status, winner, and what decided.
pub(crate) fn told(outcome: &Outcome) -> (JudgementStatus, String, &str) {
    let judgement = outcome.history.judgement.as_ref().unwrap();
    assert_eq!(judgement.winner, outcome.source);
    (judgement.status, judgement.winner.model.to_string(), &judgement.reason)
}

/// A model that judges: it clearly prefers the answer that holds `good`.
pub(crate) fn fond_of_good(role: impl Into<Option<ModelRole>>) -> Target {
    let mut provider = MockProvider::new();
    provider.expect_stream().returning(|_, question| {
        let first = Material::of(&question).a.contains("good");
        let mut said = ChatResponse::from_text(if first { "[[A>>B]]" } else { "[[B>>A]]" });
        said.usage = Some(Usage::of(100, 10));
        Ok(stream::iter(said.into_events().into_iter().map(Ok)).boxed())
    });
    target(&Arc::new(provider), "jury/j", role)
}

#[tokio::test(start_paused = true)]
async fn i01_the_judge_picks_the_better_answer_and_everything_is_recorded() {
    let spoken = |text: &str| answer(text, 1.0).with_usage(Usage::of(10, 5));
    let provider = provider(spoken("bad"), spoken("good"), Step::hang());
    let engine = engine_of([
        target(&provider, "acme/a", Primary),
        target(&provider, "best/b", Primary),
        fond_of_good(Duplicate),
    ]);
    let outcome = ask_with(&engine, &judged()).await.unwrap();
    assert_eq!(outcome.text(), "good");
    let expected = (JudgementStatus::Decided, "best/b".to_owned(), "the judge preferred it");
    assert_eq!(told(&outcome), expected);
    let judgement = outcome.history.judgement.as_ref().unwrap();
    assert_eq!(judgement.judge, Some(model("jury/j")));
    assert_eq!(judgement.loser, Some(model("acme/a")));
    assert_eq!(judgement.verdict.as_ref().unwrap().score, -2, "seen from the first configured");
    assert_eq!(story(outcome.attempts()), "acme/a:ok best/b:ok");
    assert_eq!(story(&judgement.attempts), "jury/j:ok");
    assert_eq!(outcome.history.usage().unwrap().input_tokens, Some(120));
    assert_about(outcome.elapsed(), 1.0, 0.01);
}

#[tokio::test(start_paused = true)]
async fn both_calls_overlap_in_time() {
    let provider = provider(answer("one", 3.0), answer("two", 4.0), Step::hang());
    let outcome = ask_with(&engine(&provider, &CHAIN), &decided_by(1)).await.unwrap();
    let calls = provider.calls();
    assert_eq!((calls[0].started, calls[1].started), (Duration::ZERO, Duration::ZERO));
    assert_about(outcome.elapsed(), 4.0, 0.01);
}

#[tokio::test(start_paused = true)]
async fn i02_the_survivor_needs_no_judge() {
    let failed = Step::error(ErrorKind::InvalidRequest);
    for (a, b, winner) in [
        (failed.clone(), answer("late but fine", 18.0), "best/b"),
        (answer("fine", 1.0), failed.after(seconds(2.0)), "acme/a"),
    ] {
        let provider = provider(a, b, Step::hang());
        let outcome = ask_with(&engine(&provider, &CHAIN), &unjudged()).await.unwrap();
        let reason = "the other candidate failed";
        assert_eq!(told(&outcome), (JudgementStatus::Skipped, winner.to_owned(), reason));
        assert_eq!(outcome.history.judgement.as_ref().unwrap().loser, None);
        assert_eq!(provider.calls().len(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn i03_when_both_fail_the_chain_goes_on() {
    let down = || Step::error(ErrorKind::TlsInvalid);
    let provider = provider(down(), down(), answer("from j", 0.0));
    let outcome = ask_with(&engine(&provider, &CHAIN), &unjudged()).await.unwrap();
    assert_eq!(story(outcome.attempts()), "acme/a:tls_invalid best/b:tls_invalid jury/j:ok");
    assert_eq!(outcome.history.judgement, None);

    let error = ask_with(&engine(&provider, &CHAIN[..2]), &unjudged()).await.unwrap_err();
    assert_eq!(story(error.attempts()), "acme/a:tls_invalid best/b:tls_invalid");
    assert!(error.message().contains("acme/a") && error.message().contains("best/b"));
}

#[tokio::test(start_paused = true)]
async fn i03_a_wrong_request_does_not_go_on() {
    let wrong = || Step::error(ErrorKind::InvalidRequest);
    let provider = provider(wrong(), wrong(), answer("never", 0.0));
    let error = ask_with(&engine(&provider, &CHAIN), &unjudged()).await.unwrap_err();
    assert_eq!((error.kind(), provider.calls().len()), (ErrorKind::InvalidRequest, 2));
}

#[tokio::test(start_paused = true)]
async fn i04_a_failed_judge_never_fails_the_request() {
    let cases = [
        (Step::error(ErrorKind::UpstreamServer), "the judge failed (upstream_server)"),
        (Step::hang(), "the judge failed (first_token_timeout)"),
        (Step::keep_alive_every(seconds(1.0)), "the judge failed (first_token_timeout)"),
        (Step::answer("Answer B is better."), "the judge gave no verdict"),
        (Step::answer("{\"winner\":\"C\"}"), "the judge gave no verdict"),
        (Step::answer(""), "the judge failed (empty_content)"),
    ];
    for (step, reason) in cases {
        let provider = provider(answer("one", 1.0), answer("two", 2.0), step.clone());
        let outcome = ask_with(&engine(&provider, &CHAIN), &judged()).await.unwrap();
        let (status, winner, told) = told(&outcome);
        assert_eq!((status, &*winner), (JudgementStatus::Failed, "acme/a"), "{step:?}");
        let slow = told == "the judge took too long; it is configured first";
        assert!(slow || told == format!("{reason}; it is configured first"), "{told}");
    }
}

#[tokio::test(start_paused = true)]
async fn i05_the_straggler_is_waited_for_as_long_as_the_winner_took_and_dropped() {
    for (winner, end) in [(1.0, 6.0), (8.0, 16.0)] {
        let provider = provider(answer("fine", winner), Step::hang(), Step::hang());
        let outcome = ask_with(&engine(&provider, &CHAIN), &unjudged()).await.unwrap();
        assert_about(outcome.elapsed(), end, 0.01);
        let reason = "the other candidate was too slow";
        assert_eq!(told(&outcome), (JudgementStatus::Skipped, "acme/a".to_owned(), reason));
        assert_eq!(story(outcome.attempts()), "acme/a:ok best/b:cancelled");
        let dropped = &provider.calls_to("best/b")[0];
        assert_eq!(dropped.end, Some(CallEnd::Dropped));
        assert_about(dropped.ended.unwrap(), end, 0.01);
    }
}

#[tokio::test(start_paused = true)]
async fn a_straggler_that_was_predicted_to_be_faster_counts_as_failed() {
    let long = "word ".repeat(160);
    let provider = provider(answer("fine", 1.0), answer(&long, 1.5), Step::hang());
    let engine = engine(&provider, &CHAIN);
    ask_with(&engine, &decided_by(1)).await.unwrap();
    let before = statistics(&engine, "best/b");
    provider.script("best/b", [Step::hang()]);
    for _ in 0..3 {
        ask_with(&engine, &unjudged()).await.unwrap();
    }
    let after = statistics(&engine, "best/b");
    assert_eq!(after.error_count, 3);
    assert!(after.latency.unwrap().log_ratio > before.latency.unwrap().log_ratio);
    assert!(!resting(&engine, "best/b").is_zero(), "three in a row");
}

#[tokio::test(start_paused = true)]
async fn a_candidate_that_never_answers_is_not_waited_for_for_ever() {
    let provider = provider(answer("fine", 1.0), Step::hang(), Step::hang());
    provider.script("best/a", vec![answer("fine", 1.0); 9]);
    provider.script("best/b", vec![Step::hang(); 9]);
    provider.script("jury/j", vec![answer("fine", 1.0); 9]);
    let engine = engine(&provider, &CHAIN);
    for _ in 0..3 {
        let outcome = ask_with(&engine, &unjudged()).await.unwrap();
        assert_about(outcome.elapsed(), 6.0, 0.01);
    }
    assert!(!resting(&engine, "best/b").is_zero(), "it was slower than any model may be expected");
    let outcome = ask_with(&engine, &unjudged()).await.unwrap();
    assert_eq!(outcome.text(), "fine");
    assert_about(outcome.elapsed(), 1.0, 0.01);
}

#[tokio::test(start_paused = true)]
async fn i06_leaving_while_the_judge_thinks_closes_everything() {
    let provider = provider(answer("one", 1.0), answer("two", 1.0), Step::hang());
    let engine = engine(&provider, &CHAIN);
    timeout(seconds(2.0), ask_with(&engine, &judged())).await.unwrap_err();
    assert_eq!((provider.calls().len(), provider.running()), (3, 0));
    assert!(provider.calls_to("jury/j")[0].was_dropped());
    timeout(seconds(0.5), ask_with(&engine, &judged())).await.unwrap_err();
    assert_eq!((provider.calls().len(), provider.running()), (5, 0));
}

#[tokio::test(start_paused = true)]
async fn i07_a_judge_that_always_says_first_decides_nothing() {
    for seed in 0..20 {
        let provider = provider(answer("one", 1.0), answer("two", 1.0), Step::answer("[[A>B]]"));
        let strategy = BestOfTwo::new(Arc::new(LlmEvaluator::new(seed)));
        let outcome = ask_with(&engine(&provider, &CHAIN), &strategy).await.unwrap();
        let reason = "the judge was undecided; it is configured first";
        assert_eq!(told(&outcome), (JudgementStatus::Undecided, "acme/a".to_owned(), reason));
        assert_eq!(provider.calls_to("jury/j").len(), 2, "both orders are asked");
    }
}

#[tokio::test(start_paused = true)]
async fn i10_equal_answers_need_no_judge() {
    let provider = provider(answer("same \n", 2.0), answer("same", 1.0), Step::hang());
    let outcome = ask_with(&engine(&provider, &CHAIN), &unjudged()).await.unwrap();
    let reason = "both answers are the same; it is configured first";
    assert_eq!(told(&outcome), (JudgementStatus::Skipped, "acme/a".to_owned(), reason));
}

#[tokio::test(start_paused = true)]
async fn i10_of_equal_answers_the_better_models_is_taken() {
    let provider = provider(answer("same", 1.0), answer("same", 1.0), Step::hang());
    let priced = |name, micro| {
        let mut target = target(&provider, name, Primary);
        target.price = Some(price(micro));
        target
    };
    let engine = engine_of([priced("acme/a", 9), priced("best/b", 1)]);
    let outcome = ask_with(&engine, &unjudged()).await.unwrap();
    let reason = "both answers are the same; it is cheaper";
    assert_eq!(told(&outcome), (JudgementStatus::Skipped, "best/b".to_owned(), reason));
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_no_use_loses_without_a_judge() {
    let mut refused = ChatResponse::from_text("I will not");
    refused.finish_reason = Some(FinishReason::ContentFilter);
    let refused = Step::response(refused).after(seconds(0.5));
    let provider_of = |a| provider(a, answer("{\"fine\": true}", 9.0), Step::hang());

    let provider = provider_of(refused);
    let outcome = ask_with(&engine(&provider, &CHAIN), &unjudged()).await.unwrap();
    let reason = "the other answer is refused";
    assert_eq!(told(&outcome), (JudgementStatus::Skipped, "best/b".to_owned(), reason));
    assert_about(outcome.elapsed(), 9.0, 0.01);

    let provider = provider_of(answer("Sure! {", 1.0));
    let request = ChatRequest::from("Hi").with_response_format(ResponseFormat::JsonObject);
    let ask = async |engine: Engine| {
        engine.generate(&unjudged(), request.clone(), &CallOptions::default()).await.unwrap()
    };
    let outcome = ask(engine(&provider, &CHAIN)).await;
    let reason = "the other candidate failed";
    assert_eq!(told(&outcome), (JudgementStatus::Skipped, "best/b".to_owned(), reason));

    // Taken as it is, it still loses against an answer that is what was asked for.
    let provider = provider_of(answer("Sure! {", 1.0));
    let targets = CHAIN.iter().map(|(name, role)| {
        let mut target = target(&provider, name, *role);
        target.reactions = target.reactions.with(SoftFailure::InvalidJson, Reaction::Accept);
        target
    });
    let outcome = ask(engine_of(targets)).await;
    let reason = "the other answer is not the JSON that was asked for";
    assert_eq!(told(&outcome), (JudgementStatus::Skipped, "best/b".to_owned(), reason));
}

#[tokio::test(start_paused = true)]
async fn i12_the_judge_has_its_reserve_or_is_skipped() {
    let limited = |provider: &Arc<ScriptedProvider>| {
        engine_with(settings(|s| s.timeout = seconds(10.0)), provider, &CHAIN)
    };
    let text = |text: &str, after| {
        Step::text([text.to_owned(), text.to_owned()]).gap(seconds(after / 3.0))
    };
    let late = provider(text("one", 8.0), text("two", 8.0), Step::answer("[[A>>B]]"));
    let outcome = ask_with(&limited(&late), &unjudged()).await.unwrap();
    let (status, _, reason) = told(&outcome);
    assert_eq!(status, JudgementStatus::Skipped);
    assert_eq!(reason, "no time was left to judge; it is configured first");
    assert_about(outcome.elapsed(), 8.0, 0.01);

    let early = provider(answer("one", 2.0), answer("two", 2.0), Step::hang());
    let outcome = ask_with(&limited(&early), &judged()).await.unwrap();
    assert_eq!(told(&outcome).0, JudgementStatus::Failed);
    assert_about(outcome.elapsed(), 4.5, 0.01);
}

#[tokio::test(start_paused = true)]
async fn an_answer_in_hand_is_never_lost_to_the_deadline() {
    let endless = Step::text(["a"]).then_repeat(seconds(0.5), StreamEvent::Text("a".to_owned()));
    let first = Step::text(["fine", "."]).gap(seconds(2.0));
    let provider = provider(first, endless, Step::hang());
    let engine = engine_with(settings(|s| s.timeout = seconds(10.0)), &provider, &CHAIN);
    let outcome = ask_with(&engine, &unjudged()).await.unwrap();
    assert_eq!(outcome.text(), "fine.");
    assert_about(outcome.elapsed(), 7.5, 0.01);
}

#[tokio::test(start_paused = true)]
async fn a_single_usable_candidate_is_asked_as_ever() {
    let provider = provider(Step::error(ErrorKind::TlsInvalid), Step::hang(), Step::hang());
    let chain = [("acme/a", Primary), ("last/f", LAST_RESORT)];
    let outcome = ask_with(&engine(&provider, &chain), &unjudged()).await.unwrap();
    assert_eq!(story(outcome.attempts()), "acme/a:tls_invalid last/f:ok");
    assert_eq!(outcome.history.judgement, None);
    let only = [("last/f", LAST_RESORT)];
    assert!(ask_with(&engine(&provider, &only), &unjudged()).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_judge_that_rests_by_then_is_not_asked() {
    let provider =
        provider(answer("one", 3.0), answer("two", 3.0), Step::error(ErrorKind::TlsInvalid));
    let engine = engine(&provider, &CHAIN);
    let strategy = judged();
    let disturbance = async {
        tokio::time::sleep(seconds(1.0)).await;
        let alone = options(|o| {
            o.model = Some(model("jury/j"));
            o.fallback = false;
        });
        engine.generate(&llm_strategies::Fallback, "Hi".into(), &alone).await.unwrap_err();
    };
    let (outcome, ()) = futures_util::future::join(ask_with(&engine, &strategy), disturbance).await;
    let outcome = outcome.unwrap();
    let reason = "the judge failed (circuit_open); it is configured first";
    assert_eq!(told(&outcome), (JudgementStatus::Failed, "acme/a".to_owned(), reason));
    assert_eq!(provider.calls_to("jury/j").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn undecided_goes_by_odds_then_price() {
    let provider = provider(answer("one", 1.0), answer("two", 1.0), Step::hang());
    let priced = |name, micro| {
        let mut target = target(&provider, name, Primary);
        target.price = Some(price(micro));
        target
    };
    let engine = engine_of([priced("acme/a", 9), priced("best/b", 1)]);
    let outcome = ask_with(&engine, &decided_by(0)).await.unwrap();
    let cheaper = "the judge was undecided; it is cheaper";
    assert_eq!(told(&outcome), (JudgementStatus::Undecided, "best/b".to_owned(), cheaper));

    let at = engine.now();
    engine.record(&model("best/b"), &llm_core::Observation::Failure { at, blamed: true });
    let outcome = ask_with(&engine, &decided_by(0)).await.unwrap();
    let odds = "the judge was undecided; it has the better odds";
    assert_eq!(told(&outcome), (JudgementStatus::Undecided, "acme/a".to_owned(), odds));
}

#[tokio::test(start_paused = true)]
async fn a_stream_begins_after_the_verdict() {
    let slow = |text: &str| Step::text([text.to_owned(), text.to_owned()]).gap(seconds(1.0));
    let provider = provider(slow("bad "), slow("good "), Step::hang());
    let engine = Engine::new(
        settings(|_| {}),
        vec![
            target(&provider, "acme/a", Primary),
            target(&provider, "best/b", Primary),
            fond_of_good(Duplicate),
        ],
    );
    let mut stream = engine.stream(Arc::new(judged()), "Hi".into(), CallOptions::default());
    let first = stream.next().await.unwrap().unwrap();
    assert_eq!(first, StreamEvent::Text("good good ".to_owned()));
    while let Some(event) = stream.next().await {
        event.unwrap();
    }
    let outcome = stream.into_outcome().unwrap();
    assert_eq!(outcome.history.time_to_first_token, Some(seconds(3.0)));
    assert_eq!(told(&outcome).0, JudgementStatus::Decided);
}
