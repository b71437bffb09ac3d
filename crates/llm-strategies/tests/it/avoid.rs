//! Models that the caller wants no answer of.

use llm_core::{ErrorKind, ModelRole};
use llm_strategies::{CallOptions, Fallback, Single};
use llm_testkit::fakes::Step;

use crate::{
    best_of_two::{CHAIN, decided_by},
    support::*,
};

fn avoiding(names: &[&str]) -> CallOptions {
    options(|o| o.avoid = names.iter().map(|name| model(name)).collect())
}

#[tokio::test(start_paused = true)]
async fn a_model_to_avoid_is_not_asked_and_the_story_says_why() {
    let chain = [("p", Primary), ("q", Primary), ("f", LAST_RESORT)];
    let answers = |name| (name, vec![Step::answer("fine")]);
    for strategy in [&Fallback as &dyn llm_core::Strategy, &Single::fastest()] {
        let provider = scripted(["p", "q", "f"].map(answers));
        let engine = engine(&provider, &chain);
        let outcome = engine.generate(strategy, "Hi".into(), &avoiding(&["p", "f"])).await.unwrap();
        assert_eq!(*outcome.model(), "q");
        assert_eq!(called(&provider), "q");
        let avoided = "the caller asked for another model";
        assert_eq!(
            left_out(&outcome.history.excluded),
            format!("p: avoided: {avoided}; f: avoided: {avoided}")
        );
    }
}

#[tokio::test(start_paused = true)]
async fn neither_failures_nor_rests_bring_an_avoided_model_back() {
    let provider = scripted([
        ("p", vec![Step::answer("never")]),
        ("q", vec![Step::error(ErrorKind::UpstreamServer)]),
    ]);
    let mut rested = target(&provider, "p", Primary);
    rested.credential = "another".into();
    let engine = engine_of([rested, target(&provider, "q", Primary)]);
    let error = engine.generate(&Fallback, "Hi".into(), &avoiding(&["p"])).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UpstreamServer);
    assert!(provider.calls_to("p").is_empty());

    provider.script("p", [asks_to_wait(ErrorKind::RateLimited, 30.0), Step::answer("never")]);
    let named = options(|o| {
        o.model = Some(model("p"));
        o.timeout = Some(seconds(1.0));
    });
    assert!(engine.generate(&Fallback, "Hi".into(), &named).await.is_err());
    assert!(!resting(&engine, "p").is_zero());
    let asked = provider.calls_to("p").len();
    assert!(engine.generate(&Fallback, "Hi".into(), &avoiding(&["p"])).await.is_err());
    assert_eq!(provider.calls_to("p").len(), asked);
}

#[tokio::test(start_paused = true)]
async fn without_fallback_the_first_model_that_is_not_avoided_answers_alone() {
    let provider = scripted([
        ("p", vec![Step::answer("never")]),
        ("q", vec![Step::error(ErrorKind::UpstreamServer)]),
        ("f", vec![Step::answer("never")]),
    ]);
    let engine = engine(&provider, &[("p", Primary), ("q", Primary), ("f", LAST_RESORT)]);
    let mut alone = avoiding(&["p"]);
    alone.fallback = false;
    assert!(engine.generate(&Fallback, "Hi".into(), &alone).await.is_err());
    assert!(called(&provider).split(' ').all(|name| name == "q"), "{}", called(&provider));
}

#[tokio::test(start_paused = true)]
async fn naming_and_avoiding_one_model_is_an_invalid_request() {
    let provider = scripted([("p", vec![Step::answer("never")])]);
    let engine = engine(&provider, &[("p", Primary)]);
    let mut both = avoiding(&["p"]);
    both.model = Some(model("p"));
    let error = engine.generate(&Fallback, "Hi".into(), &both).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert_eq!(
        error.message(),
        "`p` is named and avoided in one request: leave out one of the two"
    );
    assert_eq!(called(&provider), "");
}

#[tokio::test(start_paused = true)]
async fn with_everybody_avoided_no_model_is_usable_and_the_error_lists_them() {
    let provider = scripted([("p", vec![Step::answer("never")])]);
    let engine = engine(&provider, &[("p", Primary)]);
    let error = engine.generate(&Fallback, "Hi".into(), &avoiding(&["p"])).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoUsableModel);
    assert_eq!(
        error.message(),
        "no configured model can serve the request; p: avoided: the caller asked for another model"
    );
    assert_eq!(error.excluded().len(), 1);
    assert_eq!(called(&provider), "");
}

/// Who was asked for the two answers, and who judged, without an answer of `avoid`.
async fn two_without(
    roles: &[(&str, ModelRole)],
    avoid: &str,
    judge: Option<&str>,
) -> (String, Option<String>) {
    let provider = scripted([]);
    for (name, _) in roles {
        provider.script(*name, [Step::answer(*name)]);
    }
    let mut strategy = decided_by(1).with_models(vec![model("acme/a")]);
    if let Some(judge) = judge {
        strategy = strategy.with_judge(model(judge));
    }
    let options = avoiding(&[avoid]);
    let outcome =
        engine(&provider, roles).generate(&strategy, "Hi".into(), &options).await.unwrap();
    let judge = outcome.history.judgement.unwrap().judge;
    (called(&provider), judge.map(|judge| judge.model.to_string()))
}

#[tokio::test(start_paused = true)]
async fn of_two_at_once_an_avoided_one_is_neither_but_may_judge() {
    let told = |asked: &str, judge: &str| (asked.to_owned(), Some(judge.to_owned()));
    let both = "best/b jury/j";
    assert_eq!(two_without(&CHAIN, "acme/a", None).await, told(both, "last/f"));
    assert_eq!(two_without(&CHAIN, "acme/a", Some("acme/a")).await, told(both, "acme/a"));
    assert_eq!(two_without(&CHAIN[..3], "acme/a", None).await, told(both, "acme/a"));
    assert_eq!(two_without(&CHAIN, "jury/j", None).await, told("acme/a best/b", "jury/j"));
}
