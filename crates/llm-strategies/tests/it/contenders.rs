//! Which two are asked at once, and who judges.

use llm_core::{ExclusionReason, JudgementStatus, ModelRole};
use llm_testkit::fakes::Step;

use crate::{
    best_of_two::{CHAIN, answer, decided_by, fond_of_good, judged, provider, told},
    support::*,
};

#[tokio::test(start_paused = true)]
async fn the_two_are_the_best_by_rank_filled_up_from_the_duplicates() {
    let names = ["p/one", "p/two", "p/three", "d/one", "d/two", "r/one"];
    let roles = [Primary, Primary, Primary, Duplicate, Duplicate, Reserve];
    let provider = scripted(names.map(|name| (name, vec![Step::answer(name)])));
    let chain: Vec<_> = names.into_iter().zip(roles).collect();
    let engine = engine(&provider, &chain);
    for (name, elapsed) in [("p/one", 9.0), ("p/two", 3.0), ("p/three", 1.0)] {
        let at = engine.now();
        let elapsed = seconds(elapsed);
        let success =
            llm_core::Observation::Success { at, elapsed, first_token: None, output_tokens: 2 };
        engine.record(&model(name), &success);
    }
    ask_with(&engine, &decided_by(1)).await.unwrap();
    assert_eq!(called(&provider), "p/two p/three", "in configured order");

    let fewer = [chain[0], chain[3], chain[4]];
    let provider = scripted(names.map(|name| (name, vec![Step::answer(name)])));
    ask_with(&engine_with(settings(|_| {}), &provider, &fewer), &decided_by(1)).await.unwrap();
    assert_eq!(called(&provider), "p/one d/one");
}

#[tokio::test(start_paused = true)]
async fn configured_and_named_models_are_asked_whatever_their_role() {
    let names = ["p/one", "p/two", "r/one", "spare"];
    let provider = scripted(names.map(|name| (name, vec![Step::answer(name)])));
    let targets = [Some(Primary), Some(Primary), Some(Reserve), None];
    let targets = names.into_iter().zip(targets).map(|(name, role)| target(&provider, name, role));
    let engine = engine_of(targets);
    let models = vec![model("unknown"), model("spare"), model("r/one"), model("p/one")];
    let outcome = ask_with(&engine, &decided_by(1).with_models(models)).await.unwrap();
    assert_eq!(called(&provider), "spare r/one");
    assert_eq!(*outcome.model(), "spare", "their own order counts");

    let options = crate::support::options(|o| o.model = Some(model("r/one")));
    engine.generate(&decided_by(1), "Hi".into(), &options).await.unwrap();
    assert_eq!(called(&provider), "spare r/one r/one p/one");
}

/// Who judges, with these roles and this configured judge.
async fn judge_of(roles: &[(&str, ModelRole)], configured: Option<&str>) -> Option<String> {
    let provider = scripted([]);
    for (name, _) in roles {
        provider.script(*name, [Step::answer(*name)]);
    }
    let engine = engine(&provider, roles);
    let mut strategy = decided_by(1);
    if let Some(judge) = configured {
        strategy = strategy.with_judge(model(judge));
    }
    let outcome = ask_with(&engine, &strategy).await.unwrap();
    outcome.history.judgement.unwrap().judge.map(|judge| judge.model.to_string())
}

#[tokio::test(start_paused = true)]
async fn the_judge_is_configured_or_a_duplicate_or_anybody_else() {
    let judge = |name: &str| Some(name.to_owned());
    assert_eq!(judge_of(&CHAIN, Some("last/f")).await, judge("last/f"));
    assert_eq!(judge_of(&CHAIN, None).await, judge("jury/j"));
    assert_eq!(judge_of(&CHAIN, Some("gone")).await, judge("jury/j"), "an unusable one is skipped");
    assert_eq!(judge_of(&CHAIN, Some("acme/a")).await, judge("acme/a"), "with a warning");
    let no_duplicate = [CHAIN[0], CHAIN[1], ("more/p", Primary), CHAIN[3]];
    assert_eq!(judge_of(&no_duplicate, None).await, judge("more/p"));
    assert_eq!(judge_of(&CHAIN[..2], None).await, None);
}

#[tokio::test(start_paused = true)]
async fn a_judge_needs_no_role_and_one_that_cannot_be_asked_is_left_out_with_the_reason() {
    let provider = provider(answer("bad", 1.0), answer("good", 1.0), Step::hang());
    let targets =
        |judge| [target(&provider, "acme/a", Primary), target(&provider, "best/b", Primary), judge];
    let strategy = judged().with_judge(model("jury/j"));
    let outcome = ask_with(&engine_of(targets(fond_of_good(None))), &strategy).await.unwrap();
    assert_eq!(told(&outcome).0, JudgementStatus::Decided);
    assert_eq!(outcome.text(), "good");

    let mut keyless = fond_of_good(None);
    keyless.provider = Err(ExclusionReason::MissingKey(Some("JURY_KEY".to_owned())));
    let outcome = ask_with(&engine_of(targets(keyless)), &strategy).await.unwrap();
    let reason = "nobody could judge; it is configured first";
    assert_eq!(told(&outcome), (JudgementStatus::Skipped, "acme/a".to_owned(), reason));
    assert_eq!(left_out(&outcome.history.excluded), "jury/j: missing_key: set JURY_KEY");
}
