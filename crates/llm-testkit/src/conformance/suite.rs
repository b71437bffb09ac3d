//! Runs every check the fixture has a model for.

use llm_core::{ErrorKind, ModelId, Provider};

use super::{
    answers,
    asking::Way,
    cancellation, conversation, failures, fields,
    fixture::{Able, Fixture},
    formats,
    report::Report,
    upstream::Upstream,
};

/// Runs the suite: calls `provider`, whose upstream has the models of `fixture`, and reports what
/// it does right and wrong.
///
/// With `upstream` it also checks what only the other end can see: that a failed call is made
/// once, and that a dropped one is gone.
pub async fn run(
    provider: &dyn Provider,
    fixture: &Fixture,
    upstream: Option<&dyn Upstream>,
) -> Report {
    let mut report = Report::default();
    healthy(provider, fixture, &mut report).await;
    forms(provider, fixture, &mut report).await;
    exchanges(provider, fixture, &mut report).await;
    wrong(provider, fixture, &mut report).await;
    match upstream {
        Some(upstream) => watched(provider, fixture, upstream, &mut report).await,
        None => report.not_run.extend([
            "sampling",
            "no retry",
            "cancelled while waiting",
            "cancelled in the middle",
        ]),
    }
    report
}

async fn healthy(provider: &dyn Provider, fixture: &Fixture, report: &mut Report) {
    report.add("answer", answers::text(provider, fixture, Way::Whole).await);
    report.add("stream", answers::text(provider, fixture, Way::Streamed).await);
    if on(report, "usage", fixture.usage) {
        report.add("usage", answers::usage(provider, fixture).await);
    }
    if on(report, "token limit", fixture.limit) {
        report.add("token limit", answers::limit(provider, fixture).await);
    }
    if let Some(model) = named(report, "slow answer", fixture.slow.as_ref()) {
        report.add("slow answer", answers::slow(provider, fixture, model).await);
    }
    if on(report, "catalogue", fixture.listed) {
        report.add("catalogue", answers::catalogue(provider, fixture).await);
    }
}

async fn forms(provider: &dyn Provider, fixture: &Fixture, report: &mut Report) {
    if let Some(model) = named(report, "tools", fixture.tools.as_ref()) {
        report.add("tools", formats::tools(provider, fixture, model).await);
    }
    if let Some(model) = named(report, "tools refused", fixture.without_tools.as_ref()) {
        report.add("tools refused", formats::no_tools(provider, fixture, model).await);
    }
    if let Some(model) = named(report, "json", fixture.json.as_ref()) {
        report.add("json", formats::json(provider, fixture, model).await);
    }
    if let Some(model) = named(report, "json refused", fixture.without_json.as_ref()) {
        report.add("json refused", formats::no_json(provider, fixture, model).await);
    }
}

/// The checks of what goes there and back.
async fn exchanges(provider: &dyn Provider, fixture: &Fixture, report: &mut Report) {
    if let Some(able) = able(report, "forced tools", fixture.forced_tools.as_ref()) {
        let result = formats::forced_tools(provider, fixture, able).await;
        report.add_able("forced tools", able, result);
    }
    if let Some(able) = able(report, "json object", fixture.json_object.as_ref()) {
        let result = formats::json_object(provider, fixture, able).await;
        report.add_able("json object", able, result);
    }
    if let Some(model) = named(report, "conversation", fixture.conversation.as_ref()) {
        report.add("conversation", conversation::tools(provider, fixture, model).await);
    }
    if let Some(model) = named(report, "reasoning", fixture.reasoning.as_ref()) {
        report.add("reasoning", conversation::reasoning(provider, fixture, model).await);
    }
    if let Some(model) = named(report, "images", fixture.images.as_ref()) {
        report.add("images", conversation::images(provider, fixture, model).await);
    }
    if let Some(model) = named(report, "images refused", fixture.without_images.as_ref()) {
        report.add("images refused", conversation::no_images(provider, fixture, model).await);
    }
}

async fn wrong(provider: &dyn Provider, fixture: &Fixture, report: &mut Report) {
    on(report, "errors", !fixture.failures.is_empty());
    for failure in &fixture.failures {
        let name = format!("error of {}", failure.model);
        report.add(name, failures::kind(provider, fixture, failure).await);
    }
    if on(report, "limits", fixture.limited.is_some())
        && let Some(failure) = &fixture.limited
    {
        report.add("limits", failures::kind(provider, fixture, failure).await);
    }
    if let Some(model) = named(report, "cut", fixture.cut.as_ref()) {
        let kinds = [ErrorKind::StreamCut, ErrorKind::TruncatedResponse];
        report.add("cut", failures::broken(provider, fixture, model, &kinds).await);
    }
    if let Some(model) = named(report, "error inside", fixture.error_inside.as_ref()) {
        report.add("error inside", failures::broken(provider, fixture, model, &[]).await);
    }
}

async fn watched(
    provider: &dyn Provider,
    fixture: &Fixture,
    upstream: &dyn Upstream,
    report: &mut Report,
) {
    if let Some(model) = named(report, "sampling", fixture.sampling.as_ref()) {
        report.add("sampling", fields::sampling(provider, fixture, model, upstream).await);
    }
    on(report, "no retry", !fixture.failures.is_empty());
    for failure in &fixture.failures {
        let name = format!("no retry of {}", failure.model);
        report.add(name, failures::no_retry(provider, fixture, failure, upstream).await);
    }
    let waiting = "cancelled while waiting";
    if let Some(model) = named(report, waiting, fixture.hanging.as_ref()) {
        report.add(waiting, cancellation::waiting(provider, fixture, model, upstream).await);
    }
    let middle = "cancelled in the middle";
    if let Some(model) = named(report, middle, fixture.stalling.as_ref()) {
        report.add(middle, cancellation::in_the_middle(provider, fixture, model, upstream).await);
    }
}

/// The model of a check; notes that the check is not run if there is none.
fn named<'a>(
    report: &mut Report,
    name: &'static str,
    model: Option<&'a ModelId>,
) -> Option<&'a ModelId> {
    on(report, name, model.is_some());
    model
}

fn able<'a>(report: &mut Report, name: &'static str, able: Option<&'a Able>) -> Option<&'a Able> {
    on(report, name, able.is_some());
    able
}

fn on(report: &mut Report, name: &'static str, on: bool) -> bool {
    if !on {
        report.not_run.push(name);
    }
    on
}
