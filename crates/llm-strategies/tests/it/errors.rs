//! The error when nobody answered: the most useful one, with the whole story.

use async_trait::async_trait;
use llm_core::{
    Answer, ChatRequest, Error, ErrorKind, ErrorLabel, ExclusionReason, Executor, Plan, Result,
    Strategy,
};
use llm_testkit::fakes::Step;

use crate::support::*;

async fn check(kinds: [ErrorKind; 2], expected: ErrorKind) {
    let provider =
        scripted([("p", vec![Step::error(kinds[0])]), ("f", vec![Step::error(kinds[1])])]);
    let mut other = target(&provider, "f", Reserve);
    other.credential = "another".into();
    let error = ask(&engine_of([target(&provider, "p", Primary), other])).await.unwrap_err();
    assert_eq!(error.kind(), expected, "{kinds:?}");
}

#[tokio::test(start_paused = true)]
async fn h08_the_most_useful_error_is_told() {
    use ErrorKind as Kind;
    check([Kind::ContextLength, Kind::Overloaded], Kind::ContextLength).await;
    check([Kind::Overloaded, Kind::UnsupportedParam], Kind::UnsupportedParam).await;
    check([Kind::BadGateway, Kind::UpstreamAuth], Kind::UpstreamAuth).await;
    check([Kind::UpstreamAuth, Kind::TlsInvalid], Kind::UpstreamAuth).await;
    check([Kind::EdgeTimeout, Kind::ConnectRefused], Kind::EdgeTimeout).await;
    check([Kind::UpstreamServer, Kind::ConnectRefused], Kind::ConnectRefused).await;
}

#[tokio::test(start_paused = true)]
async fn the_error_lists_every_attempt_and_repeats_no_upstream_words() {
    let talkative = Error::new(ErrorKind::UpstreamServer, "answered 500")
        .with_status(500)
        .with_upstream_message("the prompt was: Hi");
    let provider = scripted([
        ("p", vec![Step::fail(talkative)]),
        ("f", vec![Step::error(ErrorKind::TlsInvalid)]),
    ]);
    let chain = [("p", Primary), ("f", LAST_RESORT)];
    let error = ask(&engine(&provider, &chain)).await.unwrap_err();
    assert_eq!(story(error.attempts()), "p:upstream_server p:upstream_server f:tls_invalid");
    assert_eq!(error.attempts()[0].status, Some(500));
    assert_eq!(
        error.message(),
        "none of 2 models answered; p: upstream_server, f: tls_invalid".replace(", ", "; ")
    );
    assert_eq!(error.label(), ErrorLabel::ModelUnavailable);
}

#[tokio::test(start_paused = true)]
async fn error_count_counts_every_failed_attempt() {
    let provider = scripted([("p", vec![Step::error(ErrorKind::InvalidRequest)])]);
    let engine = engine(&provider, &[("p", Primary)]);
    ask(&engine).await.unwrap_err();
    provider.script("p", [Step::error(ErrorKind::UpstreamServer), Step::answer("fine")]);
    ask(&engine).await.unwrap();
    let statistics = statistics(&engine, "p");
    assert_eq!((statistics.error_count, statistics.success_count), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn every_model_is_named_once_and_those_left_out_with_the_reason() {
    let limited = || vec![Step::error(ErrorKind::RateLimited)];
    let provider = scripted([("p", limited()), ("f", limited())]);
    let mut keyless = target(&provider, "k", Reserve);
    keyless.provider = Err(ExclusionReason::MissingKey(Some("MOCK_KEY".to_owned())));
    let chain = [target(&provider, "p", Primary), target(&provider, "f", Primary), keyless];
    let error = ask(&engine_of(chain)).await.unwrap_err();
    assert!(error.attempts().len() > 2, "a throttled model is waited for: {error}");
    assert_eq!(
        error.message(),
        "none of 2 models answered; p: rate_limited; f: rate_limited; \
         k: not called, missing_key: set MOCK_KEY"
    );
}

/// Consults a judge, then answers nothing, or without a verdict.
#[derive(Debug)]
struct Musing {
    answers: bool,
}

#[async_trait]
impl Strategy for Musing {
    fn name(&self) -> &'static str {
        "musing"
    }

    async fn run(
        &self,
        request: &ChatRequest,
        plan: Plan,
        executor: &dyn Executor,
    ) -> Result<Answer> {
        executor.consult(&plan.candidates[0], request.clone()).await?;
        if self.answers {
            return executor.collect(&plan.candidates[0]).await;
        }
        Err(Error::new(ErrorKind::Internal, "it thinks better of it"))
    }
}

#[tokio::test(start_paused = true)]
async fn calls_of_a_judge_without_a_verdict_are_in_the_story_too() {
    let provider = scripted([("p", vec![Step::answer("fine")])]);
    let engine = engine(&provider, &[("p", Primary)]);
    let error = ask_with(&engine, &Musing { answers: false }).await.unwrap_err();
    assert_eq!(story(error.attempts()), "p:ok");
    let outcome = ask_with(&engine, &Musing { answers: true }).await.unwrap();
    assert_eq!(story(outcome.attempts()), "p:ok p:ok");
}
