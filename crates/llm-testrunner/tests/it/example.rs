//! A run in which everything a report can show happens, for the renderings.

use std::sync::Arc;

use llm_core::{ErrorKind, ExclusionReason, ModelInfo, ModelRef, ModelRole, Price};
use llm_testkit::fakes::{ScriptedProvider, Step};
use llm_testrunner::{Profile, Report, RunOptions, TestTarget};

use crate::support::{
    failing, five, json_answer, ms, options, paced, runner, standard, target, tool_call,
};

/// Seven models: two good ones, one that loses calls, one throttled, one fenced, one unlisted, one
/// without a key.
pub(crate) async fn report() -> Report {
    let mut lossy = five(2700);
    lossy[3] = Step::hang();
    let mut throttled = five(900);
    throttled[1] = failing(ErrorKind::RateLimited, 429, "20 requests a minute");
    throttled[4] = failing(ErrorKind::RateLimited, 429, "20 requests a minute");
    let mut fenced = standard(five(700));
    fenced[6] = json_answer("```json\n{\"city\": \"Paris\", \"population\": 2100000}\n```");
    fenced[7] = tool_call("get_weather", "{}");
    let scripts = [
        ("acme/swift-8b", standard(five(300))),
        ("acme/sage-70b", standard(five(1600))),
        ("boreal/owl-large", standard(lossy)),
        ("boreal/owl-mini:free", standard(throttled)),
        ("tiny-llama:1b", fenced),
        (
            "boreal/gone",
            vec![failing(ErrorKind::UpstreamForbidden, 403, "no access to this model")],
        ),
    ];
    let mut provider = ScriptedProvider::new("mock");
    for (name, steps) in scripts.clone() {
        provider = provider.with_model(name, steps);
    }
    let listed: Vec<ModelInfo> = scripts.iter().map(|(name, _)| ModelInfo::new(*name)).collect();
    let provider = Arc::new(provider.with_catalogue(listed));

    let price = |input: &str, output: &str| {
        Some(Price::per_token(input.parse().unwrap(), output.parse().unwrap()))
    };
    let mut swift = target(&provider, "acme/swift-8b", ModelRole::Primary);
    swift.price = price("0.0000002", "0.0000006");
    let key = ExclusionReason::MissingKey(Some("ANTHROPIC_API_KEY".to_owned()));
    let keyless = TestTarget::new(
        ModelRef::new("anthropic", "claude-mock-1"),
        Err(key),
        Some(ModelRole::Primary),
    );
    let mut sage = target(&provider, "acme/sage-70b", ModelRole::Duplicate);
    sage.price = price("0.000001", "0.000003");
    let large = target(&provider, "boreal/owl-large", ModelRole::Reserve);
    let mut retired = target(&provider, "boreal/owl-retired", ModelRole::Reserve);
    retired.place = Some("llm_settings.yaml:14".to_owned());
    let mut gone = target(&provider, "boreal/gone", ModelRole::Reserve);
    gone.place = Some("llm_settings.yaml:15".to_owned());
    let mut mini = target(&provider, "boreal/owl-mini:free", ModelRole::Fallback);
    mini.price = price("0", "0");
    let tiny = target(&provider, "tiny-llama:1b", ModelRole::Fallback);

    let options = RunOptions {
        sandbox: true,
        config: Some("config/llm_settings.yaml".into()),
        ..options(Profile::Standard)
    };
    let targets = vec![swift, keyless, sage, large, retired, gone, mini, tiny];
    runner(targets, options).test_all_models().await
}

/// One call each: nothing that a percentile could be taken of.
pub(crate) async fn smoke() -> Report {
    let provider = Arc::new(
        ScriptedProvider::new("mock")
            .with_model("acme/swift-8b", [paced(ms(300), ms(50))])
            .with_model("boreal/owl-large", [Step::error(ErrorKind::Overloaded)]),
    );
    let targets = vec![
        target(&provider, "acme/swift-8b", ModelRole::Primary),
        target(&provider, "boreal/owl-large", ModelRole::Reserve),
    ];
    runner(targets, options(Profile::Smoke)).test_all_models().await
}
