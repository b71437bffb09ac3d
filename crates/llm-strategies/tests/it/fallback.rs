//! The chain is never cut short, and its order is exact.

use std::sync::Arc;

use futures_util::StreamExt;
use llm_core::{ErrorKind, MockProvider, MockStrategy, ModelRef, Usage};
use llm_strategies::{Engine, Fallback};
use llm_testkit::fakes::Step;
use rust_decimal::Decimal;

use crate::support::*;

#[tokio::test(start_paused = true)]
async fn h02_the_chain_is_asked_in_order_over_all_roles() {
    let down = || vec![Step::error(ErrorKind::Overloaded)];
    let provider = scripted([
        ("p", down()),
        ("d", down()),
        ("r", down()),
        ("f", vec![Step::answer("from the last")]),
    ]);
    let chain = [("p", Primary), ("d", Duplicate), ("r", Reserve), ("f", LAST_RESORT)];
    let engine = engine_with(settings(|s| s.retry_attempts = 0), &provider, &chain);

    let outcome = ask(&engine).await.unwrap();

    assert_eq!(outcome.text(), "from the last");
    assert_eq!(story(outcome.attempts()), "p:overloaded d:overloaded r:overloaded f:ok");
    assert_eq!(outcome.attempts()[2].role, Some(Reserve));
    assert_eq!(outcome.history.strategy, "fallback");
}

#[tokio::test(start_paused = true)]
async fn the_chain_is_not_capped() {
    let provider = scripted([("down", vec![Step::error(ErrorKind::ConnectRefused)])]);
    let names: Vec<String> = (0..12).map(|number| format!("m{number}")).collect();
    for name in &names {
        provider.script(&**name, [Step::error(ErrorKind::ConnectRefused)]);
    }
    provider.script("m11", [Step::answer("at last")]);
    let targets = names.iter().map(|name| target(&provider, name, Primary));
    let outcome = ask(&engine_of(targets)).await.unwrap();
    assert_eq!(*outcome.model(), "m11");
    assert!(outcome.attempts().len() <= names.len() + 4, "{}", story(outcome.attempts()));
}

#[tokio::test(start_paused = true)]
async fn h07_a_fallback_model_that_failed_is_passed_over_next_time() {
    let provider = scripted([
        ("p", vec![Step::error(ErrorKind::ConnectRefused)]),
        ("d", vec![Step::error(ErrorKind::ConnectRefused)]),
        ("f", vec![Step::answer("fine")]),
    ]);
    let chain = [("p", Primary), ("d", Duplicate), ("f", LAST_RESORT)];
    let engine = engine_with(settings(|s| s.retry_attempts = 0), &provider, &chain);
    ask(&engine).await.unwrap();
    let again = ask(&engine).await.unwrap();
    assert_eq!(story(again.attempts()), "f:ok");
    let left: Vec<_> = again.history.excluded.iter().map(|left| left.model.as_str()).collect();
    assert_eq!(left, ["p", "d"]);
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_cannot_be_reached_delays_a_request_by_moments() {
    for kind in [
        ErrorKind::ConnectRefused,
        ErrorKind::Dns,
        ErrorKind::DnsTimeout,
        ErrorKind::TlsInvalid,
        ErrorKind::TlsHandshake,
        ErrorKind::ConnectTimeout,
        ErrorKind::StaleConnection,
    ] {
        let provider =
            scripted([("p", vec![Step::error(kind)]), ("f", vec![Step::answer("fine")])]);
        let engine = engine(&provider, &[("p", Primary), ("f", LAST_RESORT)]);
        let outcome = ask(&engine).await.unwrap();
        assert_eq!(*outcome.model(), "f", "{kind}");
        assert!(outcome.elapsed() <= seconds(0.1), "{kind}: {:?}", outcome.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn invalid_request_ends_the_request() {
    for kind in [ErrorKind::InvalidRequest, ErrorKind::Unprocessable, ErrorKind::PayloadTooLarge] {
        let provider =
            scripted([("p", vec![Step::error(kind)]), ("f", vec![Step::answer("never")])]);
        let engine = engine(&provider, &[("p", Primary), ("f", LAST_RESORT)]);
        let error = ask(&engine).await.unwrap_err();
        assert_eq!(error.kind(), kind);
        assert_eq!(called(&provider), "p");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_falls_back_only_when_configured() {
    for (fallback_on_refusal, expected) in [(false, "p"), (true, "p f")] {
        let provider = scripted([
            ("p", vec![Step::error(ErrorKind::ContentPolicy)]),
            ("f", vec![Step::answer("fine")]),
        ]);
        let settings = settings(|s| s.fallback_on_refusal = fallback_on_refusal);
        let engine = engine_with(settings, &provider, &[("p", Primary), ("f", LAST_RESORT)]);
        assert_eq!(ask(&engine).await.is_ok(), fallback_on_refusal);
        assert_eq!(called(&provider), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn unsupported_parameters_and_unknown_models_fall_back() {
    for kind in [ErrorKind::UnsupportedParam, ErrorKind::ModelNotFound] {
        let provider =
            scripted([("p", vec![Step::error(kind)]), ("f", vec![Step::answer("fine")])]);
        let engine = engine(&provider, &[("p", Primary), ("f", LAST_RESORT)]);
        assert_eq!(*ask(&engine).await.unwrap().model(), "f");
        assert_eq!(called(&provider), "p f");
    }
}

#[tokio::test(start_paused = true)]
async fn context_length_goes_only_to_a_larger_window() {
    let provider = scripted([
        ("small", vec![Step::error(ErrorKind::ContextLength)]),
        ("same", vec![Step::answer("never")]),
        ("large", vec![Step::answer("fits")]),
    ]);
    let window = |name, window| {
        let mut target = target(&provider, name, Primary);
        target.capabilities.context_window = Some(window);
        target
    };
    let engine =
        engine_of([window("small", 8_000), window("same", 8_000), window("large", 32_000)]);
    let outcome = ask(&engine).await.unwrap();
    assert_eq!(story(outcome.attempts()), "small:context_length large:ok");
    assert_eq!(
        left_out(&outcome.history.excluded),
        "same: context_window: needs about 8001 tokens, has 8000"
    );
}

#[tokio::test(start_paused = true)]
async fn a_named_model_goes_first_and_the_chain_follows() {
    let provider = scripted([
        ("p", vec![Step::answer("from p")]),
        ("r", vec![Step::error(ErrorKind::UpstreamForbidden)]),
    ]);
    let other = scripted([("p", vec![Step::answer("from p")])]);
    let mut first = target(&other, "p", Primary);
    first.credential = "another".into();
    let engine = engine_of([first, target(&provider, "r", Reserve)]);
    let named = options(|o| o.model = Some(model("r")));
    let outcome = engine.generate(&Fallback, "Hi".into(), &named).await.unwrap();
    assert_eq!(story(outcome.attempts()), "r:upstream_forbidden p:ok");

    let alone = options(|o| {
        o.model = Some(model("r"));
        o.fallback = false;
    });
    let error = engine.generate(&Fallback, "Hi".into(), &alone).await.unwrap_err();
    assert_eq!(story(error.attempts()), "r:upstream_forbidden");
}

#[tokio::test(start_paused = true)]
async fn a_model_without_a_role_answers_only_when_named() {
    let provider = scripted([("spare", vec![Step::answer("fine")])]);
    let engine = engine_of([target(&provider, "spare", None)]);
    assert_eq!(ask(&engine).await.unwrap_err().kind(), ErrorKind::NoUsableModel);
    let named = options(|o| o.model = Some(ModelRef::new("mock", "spare")));
    assert!(engine.generate(&Fallback, "Hi".into(), &named).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn one_request_is_one_call_of_the_provider() {
    let mut provider = MockProvider::new();
    provider.expect_chat().times(1).returning(|_, request| {
        assert_eq!(request.sampling.temperature, Some(0.5), "the model's default applies");
        Ok(llm_core::ChatResponse::from_text("fine"))
    });
    let mut target = target(&Arc::new(provider), "p", Primary);
    target.upstream_stream = false;
    target.defaults.sampling.temperature = Some(0.5);
    assert_eq!(ask(&engine_of([target])).await.unwrap().text(), "fine");
}

#[tokio::test(start_paused = true)]
async fn a_strategy_is_run_once_with_the_plan() {
    let provider = scripted([("p", vec![Step::answer("never called")])]);
    let engine = engine(&provider, &[("p", Primary), ("d", Duplicate)]);
    let mut strategy = MockStrategy::new();
    strategy.expect_name().return_const("mine".to_owned());
    strategy.expect_run().times(1).returning(|_, plan| {
        let models: Vec<_> = plan.candidates.iter().map(|c| c.model.model.as_str()).collect();
        assert_eq!(models, ["p", "d"]);
        assert!(plan.extras.is_empty() && !plan.named);
        Ok(llm_core::Answer::new(model("p"), llm_core::ChatResponse::from_text("mine")))
    });
    let outcome = ask_with(&engine, &strategy).await.unwrap();
    assert_eq!((outcome.text().as_str(), &*outcome.history.strategy), ("mine", "mine"));
    assert_eq!(called(&provider), "");
}

#[tokio::test(start_paused = true)]
async fn a_blank_prompt_calls_nobody() {
    let provider = scripted([("p", vec![Step::answer("never")])]);
    let engine = engine(&provider, &[("p", Primary)]);
    let asked = engine.generate(&Fallback, " \n".into(), &options(|_| {})).await;
    assert_eq!(asked.unwrap_err().kind(), ErrorKind::InvalidRequest);
    assert_eq!(called(&provider), "");
}

#[tokio::test(start_paused = true)]
async fn h03_who_allows_one_model_only_gets_its_error() {
    let failures = [
        Step::error(ErrorKind::Overloaded),
        Step::error(ErrorKind::RateLimited),
        Step::text([""; 0]).then_cut(),
        Step::text(["half"]).then_cut(),
    ];
    for step in failures {
        let fine = vec![Step::answer("never")];
        let provider = scripted([("p", vec![step.clone()]), ("f", fine)]);
        let settings = settings(|s| (s.retry_attempts, s.timeout) = (0, seconds(4.0)));
        let engine = engine_with(settings, &provider, &[("p", Primary), ("f", LAST_RESORT)]);
        let alone = options(|o| (o.model, o.fallback) = (Some(model("p")), false));
        let whole = engine.generate(&Fallback, "Hi".into(), &alone).await.unwrap_err();
        let stream = engine.stream(Arc::new(Fallback), "Hi".into(), alone);
        let streamed = stream.filter_map(async |event| event.err()).collect::<Vec<_>>().await;
        assert_eq!(streamed.len(), 1, "{step:?}");
        assert_eq!(whole.kind(), streamed[0].kind());
        assert_eq!(called(&provider), "p p", "{step:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn h10_tokens_of_an_answer_that_died_are_counted_too() {
    let half = || Step::text(["half of "]).with_usage(Usage::of(10, 2)).then_cut();
    let empty = || Step::answer("").with_usage(Usage::of(10, 7));
    for (died, streamed, output) in
        [(half(), true, 2), (empty(), true, 7), (empty(), false, 7), (half().then_hang(), true, 2)]
    {
        let whole = Step::answer("fine").with_usage(Usage::of(10, 5));
        let provider = scripted([("p", vec![died.clone()]), ("f", vec![whole])]);
        let targets = [("p", Primary), ("f", LAST_RESORT)].map(|(name, role)| {
            let mut target = target(&provider, name, role);
            target.upstream_stream = streamed;
            target.price = Some(price(1));
            target
        });
        let engine = Engine::new(settings(|s| s.retry_attempts = 0), targets.to_vec());
        let outcome = ask(&engine).await.unwrap();
        assert_eq!(outcome.attempts().len(), 2, "{died:?}");
        assert_eq!(outcome.attempts()[0].usage, Some(Usage::of(10, output)), "{died:?}");
        assert_eq!(outcome.history.usage(), Some(Usage::of(20, output + 5)));
        let spent = outcome.history.cost().unwrap();
        assert_eq!(spent.usd, Decimal::new(i64::try_from(25 + output).unwrap(), 6));
    }
}
