//! What the figures recommend.

use std::sync::Arc;

use llm_core::{ErrorKind, ModelRole};
use llm_testkit::fakes::{ScriptedProvider, Step};
use llm_testrunner::{Confidence, Profile, Recommendation, Report, RunOptions, TableStyle};

use crate::support::{five, ms, options, paced, runner, standard, target};

use ModelRole::{Duplicate, Fallback, Primary, Reserve};

async fn run(models: &[(&str, ModelRole, Vec<Step>)], options: RunOptions) -> Report {
    let mut provider = ScriptedProvider::new("mock");
    for (name, _, steps) in models {
        provider = provider.with_model(*name, steps.clone());
    }
    let provider = Arc::new(provider);
    let targets = models.iter().map(|(name, role, _)| target(&provider, name, *role)).collect();
    runner(targets, options).test_all_models().await
}

fn of(report: &Report, role: ModelRole) -> &Recommendation {
    report.recommendations.iter().find(|advice| advice.role == role).unwrap()
}

#[tokio::test(start_paused = true)]
async fn the_faster_one_goes_first_when_times_can_be_told_apart() {
    let models = [
        ("slow", Primary, standard(five(3000))),
        ("fast", Primary, standard(five(300))),
        ("same", Duplicate, standard(five(310))),
        ("other", Duplicate, standard(five(309))),
    ];
    let report = run(&models, options(Profile::Standard)).await;
    let primary = of(&report, Primary);
    assert_eq!(primary.suggested, ["fast", "slow"]);
    assert_eq!(primary.confidence, Confidence::Medium, "five calls");
    insta::assert_snapshot!(primary.reason, @"fast answered 5 of 5, p50 0.86 s, faster than slow (3.56 s), p<0.01, JSON and tools");
    assert_eq!(of(&report, Duplicate).suggested, ["same", "other"], "a tie keeps the order");
}

#[tokio::test(start_paused = true)]
async fn a_model_that_cannot_answer_is_left_out_and_one_that_may_goes_last() {
    let models = [
        ("busy", Primary, vec![Step::error(ErrorKind::Overloaded)]),
        ("gone", Primary, vec![Step::error(ErrorKind::UpstreamForbidden)]),
        ("good", Primary, standard(five(300))),
    ];
    let report = run(&models, options(Profile::Standard)).await;
    let primary = of(&report, Primary);
    assert_eq!(primary.suggested, ["good", "busy"]);
    assert!(
        primary.reason.contains("leave out gone: upstream_forbidden 1 of 1"),
        "{}",
        primary.reason
    );
    // The checks are calls too.
    assert!(primary.reason.contains("busy: overloaded 8 of 8"), "{}", primary.reason);
}

#[tokio::test(start_paused = true)]
async fn a_provider_out_of_reach_takes_no_model_out_of_its_role() {
    for kind in [ErrorKind::ConnectRefused, ErrorKind::Dns, ErrorKind::UpstreamAuth] {
        let models =
            [("one", Primary, vec![Step::error(kind)]), ("two", Primary, vec![Step::error(kind)])];
        let report = run(&models, options(Profile::Standard)).await;
        let primary = of(&report, Primary);
        assert_eq!(primary.suggested, ["one", "two"], "{kind}");
        let failed = &report.models[0].failures;
        assert_eq!((failed.len(), failed[0].count), (1, failed[0].of), "{kind}: one failure, once");
        let table = report.render_table(TableStyle::default());
        assert!(table.contains("none answers; keep one, two until the cause is mended"), "{table}");
        assert!(table.contains("; $0\n"), "nothing was spent: {table}");
        assert!(table.contains("   two  the same as one\n"), "told once: {table}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_slower_model_is_not_called_faster() {
    let mut shaky = five(300);
    shaky[1] = Step::error(ErrorKind::Overloaded);
    let models = [("quick", Primary, standard(shaky)), ("steady", Primary, standard(five(3000)))];
    let report = run(&models, options(Profile::Standard)).await;
    let primary = of(&report, Primary);
    assert_eq!(primary.suggested, ["steady", "quick"], "answering comes before speed");
    assert!(
        primary.reason.contains("p50 3.56 s, slower than quick (0.87 s)"),
        "{}",
        primary.reason
    );
}

#[tokio::test(start_paused = true)]
async fn without_a_working_primary_the_next_of_the_chain_becomes_one() {
    let models = [
        ("gone", Primary, vec![Step::error(ErrorKind::UpstreamForbidden)]),
        ("deep", Reserve, standard(five(300))),
        ("last", Fallback, standard(five(100))),
    ];
    let report = run(&models, options(Profile::Standard)).await;
    assert_eq!(of(&report, Primary).suggested, ["deep"], "the role decides before the speed");
    assert!(of(&report, Reserve).suggested.is_empty());
    insta::assert_snapshot!(report.render_model_roles(), @r"
    llm:
      model_roles:
        primary:
          - deep
        fallback:
          - last
    ");
}

#[tokio::test(start_paused = true)]
async fn confidence_grows_with_the_number_of_calls() {
    let of_repeats = async |repeats: u32| {
        let models = [
            ("fast", Primary, vec![paced(ms(300), ms(50))]),
            ("slow", Primary, vec![paced(ms(900), ms(50))]),
        ];
        let options = RunOptions { repeats: Some(repeats), ..options(Profile::Standard) };
        of(&run(&models, options).await, Primary).confidence
    };
    assert_eq!(of_repeats(3).await, Confidence::Low);
    assert_eq!(of_repeats(5).await, Confidence::Medium);
    assert_eq!(of_repeats(10).await, Confidence::High);
}

#[tokio::test(start_paused = true)]
async fn a_smoke_run_says_what_it_cannot_tell() {
    let models = [("one", Primary, vec![Step::answer("fine")])];
    let report = run(&models, options(Profile::Smoke)).await;
    assert!(report.notes.iter().any(|note| note.contains("--profile standard")));
    assert_eq!(of(&report, Primary).confidence, Confidence::Low);
    assert_eq!(report.working_models().len(), 1, "one answered call is what there is");
}

#[tokio::test(start_paused = true)]
async fn ids_that_yaml_would_misread_are_quoted() {
    let names = ["acme/one:free", "1e3", "true", "a: b", "tail:", "quote\"d", "#x", "tick`s"];
    let models: Vec<_> =
        names.iter().map(|name| (*name, Primary, vec![Step::answer("fine")])).collect();
    let report = run(&models, options(Profile::Smoke)).await;
    insta::assert_snapshot!(report.render_model_roles(), @r##"
    llm:
      model_roles:
        primary:
          - acme/one:free
          - "1e3"
          - "true"
          - "a: b"
          - "tail:"
          - "quote\"d"
          - "#x"
          - "tick\u0060s"
    "##);
}
