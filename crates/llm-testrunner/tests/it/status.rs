//! What becomes of a model's calls: status, figures, verdict of the run.

use std::sync::{Arc, Mutex};

use llm_core::{
    ChatResponse, ErrorKind, FinishReason, ModelRef, ModelRole, Observation, Price, StreamEvent,
    Usage,
};
use llm_testkit::fakes::{ScriptedProvider, Step};
use llm_testrunner::{FailOn, Profile, RunOptions, RunVerdict, Status};

use crate::support::{failing, five, model, ms, options, paced, run_one, runner, standard, target};

#[tokio::test(start_paused = true)]
async fn a_model_that_answers_every_call_is_ok() {
    let report = run_one(standard(five(300)), Profile::Standard).await;
    let one = model(&report, "acme/one");
    assert_eq!((one.status, one.good, one.sent, one.working), (Status::Ok, 5, 5, true));
    assert_eq!(one.first_token.p50_ms, Some(364.0), "acceptance and the first gap");
    assert_eq!(one.time.p90_ms, None, "five calls carry no p90");
    assert_eq!(report.verdict(), RunVerdict::Passed);
    assert_eq!(report.totals.calls, 8, "warm-up, five, JSON, tools");
}

#[tokio::test(start_paused = true)]
async fn the_warm_up_is_kept_and_left_out() {
    let mut steps = standard(five(300));
    steps[0] = paced(ms(9000), ms(50));
    let report = run_one(steps, Profile::Standard).await;
    let one = model(&report, "acme/one");
    assert!(one.cold_ms.unwrap() > 9000.0);
    assert!(one.time.p50_ms.unwrap() < 1000.0);
    assert_eq!(one.sent, 5);
    assert!(
        report.notes.iter().any(|note| note.contains("warm-up of acme/one")),
        "{:?}",
        report.notes
    );
}

#[tokio::test(start_paused = true)]
async fn failed_calls_do_not_enter_the_times() {
    let mut chats = five(300);
    chats[2] = Step::hang();
    let report = run_one(standard(chats), Profile::Standard).await;
    let one = model(&report, "acme/one");
    assert_eq!((one.status, one.good, one.sent), (Status::Degraded, 4, 5));
    assert!(!one.working, "4 of 5 may be 38 %");
    assert!(one.time.p50_ms.unwrap() < 1000.0);
    assert_eq!(one.time.n, 4);
    let failure = &one.failures[0];
    assert_eq!(
        (failure.error_type.as_str(), failure.limit_ms),
        ("first_token_timeout", Some(20_000.0))
    );
    assert!(failure.hint.contains("llm.timeouts.first_token"));
}

#[tokio::test(start_paused = true)]
async fn a_model_that_never_answers_failed_also_when_it_is_only_throttled() {
    let report = run_one(vec![Step::error(ErrorKind::RateLimited)], Profile::Standard).await;
    let one = model(&report, "acme/one");
    assert_eq!((one.status, one.good, one.sent), (Status::Failed, 0, 5));
    assert_eq!(report.verdict(), RunVerdict::Failed);
}

#[tokio::test(start_paused = true)]
async fn after_a_final_failure_nothing_more_is_sent() {
    let refusal = failing(ErrorKind::UpstreamAuth, 401, "no such key");
    let report = run_one(vec![refusal], Profile::Standard).await;
    let one = model(&report, "acme/one");
    assert_eq!((one.status, one.good, one.sent, one.not_sent), (Status::Failed, 0, 1, 7));
    assert_eq!(report.totals.calls, 1);
}

#[tokio::test(start_paused = true)]
async fn many_calls_tell_that_a_degraded_model_works() {
    let mut steps = vec![paced(ms(300), ms(50))];
    steps.push(Step::error(ErrorKind::Overloaded));
    steps.push(paced(ms(300), ms(50)));
    let provider = Arc::new(ScriptedProvider::new("mock").with_model("acme/one", steps));
    let target = target(&provider, "acme/one", ModelRole::Primary);
    let options = RunOptions { repeats: Some(10), ..options(Profile::Standard) };
    let report = runner(vec![target], options).test_all_models().await;
    let one = model(&report, "acme/one");
    assert_eq!((one.status, one.good, one.sent, one.working), (Status::Degraded, 9, 10, true));
    assert!(one.time.p90_ms.is_none(), "nine times carry no p90");
}

#[tokio::test(start_paused = true)]
async fn the_bar_decides_the_exit_code() {
    let provider = Arc::new(
        ScriptedProvider::new("mock")
            .with_model("good", [Step::answer("fine")])
            .with_model("bad", [Step::error(ErrorKind::UpstreamServer)]),
    );
    let targets = vec![
        target(&provider, "good", ModelRole::Primary),
        target(&provider, "bad", ModelRole::Reserve),
    ];
    let report = runner(targets, options(Profile::Smoke)).test_all_models().await;
    let code = |fail_on| report.verdict_with(fail_on).exit_code();
    assert_eq!((code(FailOn::Primary), code(FailOn::Any), code(FailOn::None)), (0, 100, 0));
    let nothing = runner(Vec::new(), options(Profile::Smoke)).test_all_models().await;
    assert_eq!(nothing.verdict().exit_code(), 4);
}

#[tokio::test(start_paused = true)]
async fn an_answer_cut_by_the_limit_of_tokens_is_an_answer() {
    let finish = StreamEvent::Finish { reason: FinishReason::Length, native: None };
    let thinking = Step::events([StreamEvent::Reasoning("Hm".to_owned()), finish]);
    let report = run_one(vec![thinking], Profile::Smoke).await;
    let one = model(&report, "acme/one");
    assert_eq!(one.status, Status::Ok);
    assert_eq!(one.calls[0].finish_reason.as_deref(), Some("length"));
    assert!(one.calls[0].first_token_ms.is_some());
    assert_eq!(one.calls[0].first_content_ms, None, "reasoning is the first token, not content");

    let nothing = Step::response(ChatResponse::from_text(""));
    let report = run_one(vec![nothing], Profile::Smoke).await;
    assert_eq!(model(&report, "acme/one").failures[0].error_type, "empty_content");
}

#[tokio::test(start_paused = true)]
async fn a_smoke_run_is_one_short_call() {
    let provider =
        Arc::new(ScriptedProvider::new("mock").with_model("acme/one", [Step::answer("fine")]));
    let mut reasoning = target(&provider, "acme/one", ModelRole::Primary);
    let plain = reasoning.clone();
    reasoning.capabilities.reasoning = Some(true);
    runner(vec![plain], options(Profile::Smoke)).test_all_models().await;
    runner(vec![reasoning], options(Profile::Smoke)).test_all_models().await;
    let calls = provider.calls();
    let limits: Vec<_> = calls.iter().map(|call| call.request.sampling.max_tokens).collect();
    assert_eq!(limits, [Some(16), Some(512)]);
    let effort =
        calls[1].request.reasoning.as_ref().and_then(|reasoning| reasoning.effort.as_deref());
    assert_eq!((effort, calls[0].request.reasoning.as_ref()), (Some("low"), None));
}

#[tokio::test(start_paused = true)]
async fn the_cost_is_the_providers_then_the_price_lists_then_unknown() {
    let answer = || Step::answer("fine").with_usage(Usage::of(20, 10));
    let mut reported = Usage::of(20, 10);
    reported.cost = Some(llm_core::Cost {
        usd: "0.002".parse().unwrap(),
        source: llm_core::CostSource::Reported,
    });
    let provider = Arc::new(
        ScriptedProvider::new("mock")
            .with_model("reported", [Step::answer("fine").with_usage(reported)])
            .with_model("priced", [answer()])
            .with_model("unknown", [answer()]),
    );
    let price = Price::per_token("0.000001".parse().unwrap(), "0.000002".parse().unwrap());
    let mut targets: Vec<_> =
        ["reported", "priced", "unknown"].map(|name| target(&provider, name, None)).into();
    targets[0].price = Some(price);
    targets[1].price = Some(price);
    let report = runner(targets, options(Profile::Smoke)).test_all_models().await;
    let cost = |name| model(&report, name).usd_per_1k_calls;
    assert_eq!((cost("reported"), cost("priced"), cost("unknown")), (Some(2.0), Some(0.04), None));
    assert_eq!((report.totals.cost_usd, report.totals.cost_complete), (Some(0.00204), false));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_was_refused_leaves_no_cost_open() {
    let mut usage = Usage::of(20, 10);
    usage.cost = Some(llm_core::Cost {
        usd: "0.002".parse().unwrap(),
        source: llm_core::CostSource::Reported,
    });
    let answer = Step::answer("fine").with_usage(usage);
    let refused = Step::error(ErrorKind::RateLimited);
    let lost = Step::error(ErrorKind::ResetAfterSend);
    let options = RunOptions { repeats: Some(2), ..options(Profile::Smoke) };
    for (failed, complete) in [(refused, true), (lost, false)] {
        let script = [answer.clone(), failed];
        let provider = Arc::new(ScriptedProvider::new("mock").with_model("acme/one", script));
        let target = target(&provider, "acme/one", None);
        let report = runner(vec![target], options.clone()).test_all_models().await;
        assert_eq!(report.totals.cost_complete, complete);
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_learned_is_handed_on() {
    let learned: Arc<Mutex<Vec<(ModelRef, Observation)>>> = Arc::default();
    let mut chats = five(300);
    chats[1] = Step::error(ErrorKind::Overloaded);
    chats[2] = Step::error(ErrorKind::InvalidRequest);
    let provider = Arc::new(ScriptedProvider::new("mock").with_model("acme/one", standard(chats)));
    let target = target(&provider, "acme/one", ModelRole::Primary);
    let sink = Arc::clone(&learned);
    let runner = runner(vec![target], options(Profile::Standard))
        .with_recorder(move |model, seen| sink.lock().unwrap().push((model.clone(), *seen)));
    runner.test_all_models().await;
    let learned = learned.lock().unwrap();
    assert_eq!(learned[0].0, ModelRef::new("mock", "acme/one"));
    let told: Vec<_> = learned
        .iter()
        .map(|(_, seen)| match seen {
            Observation::Success { output_tokens, .. } => format!("{output_tokens} tokens"),
            Observation::Failure { blamed, .. } => format!("blamed {blamed}"),
            _ => "other".to_owned(),
        })
        .collect();
    assert_eq!(told, ["11 tokens", "blamed true", "blamed false"], "the warm-up teaches nothing");
}

#[tokio::test(start_paused = true)]
async fn models_that_cannot_be_told_apart_share_a_rank() {
    let provider = Arc::new(
        ScriptedProvider::new("mock")
            .with_model("slow", standard(five(3000)))
            .with_model("fast", standard(five(300)))
            .with_model("also-fast", standard(five(301))),
    );
    let targets =
        ["slow", "fast", "also-fast"].map(|name| target(&provider, name, ModelRole::Primary));
    let runner = runner(targets.into(), options(Profile::Standard));
    let report = runner.test_all_models().await;
    let rank = |name| model(&report, name).speed_rank;
    assert_eq!((rank("fast"), rank("also-fast"), rank("slow")), (Some(1), Some(1), Some(3)));
    let fastest: Vec<_> = runner
        .fastest_models()
        .into_iter()
        .map(|(model, time)| (model.model.to_string(), time.as_millis()))
        .collect();
    assert_eq!(
        fastest,
        [("fast".to_owned(), 864), ("also-fast".to_owned(), 865), ("slow".to_owned(), 3564)]
    );
    assert_eq!(runner.working_models().len(), 3);
}
