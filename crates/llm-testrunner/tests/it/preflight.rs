//! What is found out before anything is spent.

use std::sync::{Arc, Mutex};

use llm_core::{
    Capabilities, ErrorKind, ExclusionReason, ModelInfo, ModelRef, ModelRole, Provider,
};
use llm_testkit::fakes::{FailProvider, ScriptedProvider, Step};
use llm_testrunner::{Filter, Profile, RunOptions, RunVerdict, Status, TestTarget};

use crate::support::{model, options, runner, target};

#[tokio::test(start_paused = true)]
async fn a_missing_key_is_skipped_with_its_variable() {
    let reason = ExclusionReason::MissingKey(Some("OPENROUTER_API_KEY".to_owned()));
    let mut keyless = TestTarget::new(
        ModelRef::new("openrouter", "acme/one"),
        Err(reason),
        Some(ModelRole::Primary),
    );
    keyless.key_page = Some("https://openrouter.ai/keys".to_owned());
    let report = runner(vec![keyless], options(Profile::Standard)).test_all_models().await;
    let one = model(&report, "acme/one");
    let skip = one.skipped.as_ref().unwrap();
    assert_eq!((one.status, skip.reason.as_str()), (Status::Skipped, "missing_key"));
    assert_eq!(skip.hint, "set OPENROUTER_API_KEY; get one: https://openrouter.ai/keys");
    assert_eq!(report.verdict(), RunVerdict::NothingTested);
    assert_eq!(report.totals.calls, 0);
}

#[tokio::test(start_paused = true)]
async fn an_id_nobody_lists_fails_with_the_nearest_ones_and_costs_nothing() {
    let provider = Arc::new(
        ScriptedProvider::new("mock")
            .with_model("boreal/owl-large", [Step::answer("fine")])
            .with_model("acme/swift-8b", [Step::answer("fine")]),
    );
    let mut typo = target(&provider, "boreal/owl-lrage", ModelRole::Reserve);
    typo.place = Some("llm_settings.yaml:14".to_owned());
    let report = runner(vec![typo], options(Profile::Standard)).test_all_models().await;
    let one = model(&report, "boreal/owl-lrage");
    assert_eq!((one.status, one.sent), (Status::Failed, 0));
    assert_eq!(one.failures[0].error_type, "model_not_found");
    assert!(
        one.failures[0].hint.starts_with("did you mean `boreal/owl-large`?"),
        "{}",
        one.failures[0].hint
    );
    assert!(one.failures[0].hint.ends_with("; llm_settings.yaml:14"));
    assert!(provider.calls().is_empty());
}

#[tokio::test(start_paused = true)]
async fn tags_of_a_listed_model_are_served() {
    let provider = Arc::new(
        ScriptedProvider::new("mock")
            .with_model("acme/one:nitro", [Step::answer("fine")])
            .with_model("llama", [Step::answer("fine")])
            .with_model("@preset/mine", [Step::answer("fine")])
            .with_catalogue([ModelInfo::new("acme/one"), ModelInfo::new("llama:latest")]),
    );
    let names = ["acme/one:nitro", "llama", "@preset/mine", "acme/one:free"];
    let targets = names.map(|name| target(&provider, name, None)).into();
    let report = runner(targets, options(Profile::Smoke)).test_all_models().await;
    let statuses = names.map(|name| model(&report, name).status);
    assert_eq!(
        statuses,
        [Status::Ok, Status::Ok, Status::Ok, Status::Failed],
        "free is another model"
    );
}

#[tokio::test(start_paused = true)]
async fn a_catalogue_that_cannot_be_read_is_a_note() {
    let provider: Arc<dyn Provider> =
        Arc::new(FailProvider::new("mock", ErrorKind::UpstreamServer));
    let target = TestTarget::new(ModelRef::new("mock", "acme/one"), Ok(provider), None);
    let report = runner(vec![target], options(Profile::Smoke)).test_all_models().await;
    assert_eq!(
        model(&report, "acme/one").failures[0].error_type,
        "upstream_server",
        "it was called"
    );
    assert_eq!(
        report.notes[0],
        "The catalogue of mock could not be read (upstream_server); its ids were not checked."
    );
}

#[tokio::test(start_paused = true)]
async fn the_catalogue_is_told_and_counts_before_the_configuration() {
    let listed = |change: fn(&mut Capabilities)| {
        let mut info = ModelInfo::new("acme/one");
        change(&mut info.capabilities);
        info
    };
    let info = listed(|can| can.tools = Some(false));
    let provider = ScriptedProvider::new("mock")
        .with_model("acme/one:nitro", [Step::answer("fine")])
        .with_catalogue([info.clone()]);
    let mut configured = target(&Arc::new(provider), "acme/one:nitro", None);
    configured.capabilities.tools = Some(true);
    let told = Arc::new(Mutex::new(Vec::new()));
    let teller = Arc::clone(&told);
    let runner = runner(vec![configured], options(Profile::Standard)).with_catalogue_recorder(
        move |provider, models| {
            teller.lock().unwrap().push((provider.to_string(), models.to_vec()));
        },
    );
    let report = runner.test_all_models().await;
    assert_eq!(report.totals.calls, 7, "no call for tools");
    assert_eq!(*told.lock().unwrap(), [("mock".to_owned(), vec![info])]);
}

#[tokio::test(start_paused = true)]
async fn a_model_that_is_gone_has_the_nearest_names_of_an_earlier_catalogue() {
    let provider: Arc<dyn Provider> = Arc::new(FailProvider::new("mock", ErrorKind::ModelNotFound));
    let mut gone = TestTarget::new(ModelRef::new("mock", "acme/noe"), Ok(provider), None);
    gone.nearest = vec!["acme/one".to_owned()];
    let report = runner(vec![gone], options(Profile::Smoke)).test_all_models().await;
    let failure = &model(&report, "acme/noe").failures[0];
    assert_eq!(failure.error_type, "model_not_found");
    assert_eq!(failure.hint, "did you mean `acme/one`?");
}

#[tokio::test(start_paused = true)]
async fn the_catalogue_fills_in_what_the_configuration_leaves_open() {
    let mut info = ModelInfo::new("acme/one");
    info.capabilities = Capabilities::default();
    info.capabilities.tools = Some(false);
    info.expires = Some("2026-02-01".to_owned());
    let provider = Arc::new(
        ScriptedProvider::new("mock")
            .with_model("acme/one", [Step::answer("fine")])
            .with_catalogue([info]),
    );
    let report = runner(vec![target(&provider, "acme/one", None)], options(Profile::Standard))
        .test_all_models()
        .await;
    assert_eq!(report.totals.calls, 7, "no call for tools");
    assert!(report.notes.iter().any(|note| note.contains("2026-02-01")));
}

#[tokio::test(start_paused = true)]
async fn a_filter_selects() {
    let provider = Arc::new(
        ScriptedProvider::new("mock")
            .with_model("a", [Step::answer("x")])
            .with_model("b", [Step::answer("x")]),
    );
    let targets = vec![
        target(&provider, "a", ModelRole::Primary),
        target(&provider, "b", ModelRole::Reserve),
    ];
    let select = |filter: Filter| {
        let options = RunOptions { filter, ..options(Profile::Smoke) };
        let plan = runner(targets.clone(), options).plan();
        plan.models.into_iter().map(|model| model.model).collect::<Vec<_>>()
    };
    let models = |name: &str| Filter { models: vec![name.to_owned()], ..Filter::default() };
    assert_eq!(select(models("a")), ["a"]);
    assert_eq!(select(models("mock:b")), ["b"]);
    assert!(select(models("c")).is_empty());
    assert_eq!(select(Filter { roles: vec![ModelRole::Reserve], ..Filter::default() }), ["b"]);
    assert!(select(Filter { providers: vec!["other".to_owned()], ..Filter::default() }).is_empty());
}
