//! `models`: what is configured, what has worked, what is fast, what is on offer.

use std::time::Duration;

use llm_core::{ModelRef, ProviderId};
use llm_manager::{LlmManager, Standing};
use llm_testrunner::rfc3339;
use serde_json::{Value, json};

use super::{
    discover::discover,
    facts::{facts_object, facts_table},
};
use crate::{
    application::Context,
    arguments::{ModelsAction, ModelsArguments},
    environment,
    exit::Exit,
    failure::Failure,
    output::{self, ResultStream, blank, table},
    session::Session,
};

/// Shows a list of models. Only `discover` calls anybody.
pub(crate) async fn models(
    arguments: &ModelsArguments,
    context: &Context,
) -> Result<Exit, Failure> {
    let session = Session::open(arguments.config.as_deref(), false, context)?;
    let models = session.manager.models();
    let is_list = matches!(arguments.action, ModelsAction::List);
    let (chosen, when_empty) = match &arguments.action {
        ModelsAction::List => {
            suggest_discovery(&session);
            (models, "no model is configured")
        }
        ModelsAction::Working => {
            (working(models, &session), "no model is known to work yet: run `test-models`")
        }
        ModelsAction::Fastest => {
            (fastest(models), "no model has been measured yet: run `test-models` or `ask`")
        }
        ModelsAction::Discover(options) => {
            return tokio::select! {
                done = discover(options, arguments.json, &session) => done,
                () = context.interrupt.arrived() => Err(Failure::interrupted()),
            };
        }
    };
    if chosen.is_empty() {
        output::say(when_empty);
    }
    let mut output = ResultStream::standard();
    if arguments.json {
        let list: Vec<Value> =
            chosen.iter().map(|standing| object(standing, &session.manager)).collect();
        output.json(&list)?;
    } else if !chosen.is_empty() {
        let rows: Vec<[String; 6]> = chosen.iter().map(row).collect();
        let head = ["ROLE", "MODEL", "LAST", "GOOD", "BAD", "STATE"];
        output.own(&table(head, &rows))?;
        let models: Vec<ModelRef> = chosen.into_iter().map(|standing| standing.model).collect();
        let facts = if is_list { facts_table(&session.manager, &models) } else { String::new() };
        if !facts.is_empty() {
            output.own(&format!("\n{facts}"))?;
        }
    }
    Ok(Exit::Done)
}

/// Says whose catalogue was never read, of those that can be asked.
fn suggest_discovery(session: &Session) {
    let manager = &session.manager;
    let is_unknown = |(id, obstacle): &(ProviderId, Option<_>)| {
        obstacle.is_none() && manager.catalogue_learned(id).is_none()
    };
    let unknown = manager.providers().into_iter().filter(is_unknown);
    let unknown: Vec<String> = unknown.map(|(id, _)| blank(id.as_str())).collect();
    if !unknown.is_empty() {
        let (names, program) = (unknown.join(", "), environment::program());
        output::say(&format!("no catalogue known for {names}: run {program} models discover"));
    }
}

/// The models that can be called, have answered at least once, and whose odds are at the bar of the test runner.
fn working(models: Vec<Standing>, session: &Session) -> Vec<Standing> {
    let bar = session.manager.config().settings().test_runner.min_success;
    let works = |standing: &Standing| {
        let odds = standing.statistics.odds;
        let known = odds.successes + odds.failures;
        standing.obstacle.is_none()
            && standing.statistics.success_count > 0
            && odds.successes >= bar * known
    };
    models.into_iter().filter(works).collect()
}

/// The models that can be called and have been measured, the fastest first.
fn fastest(models: Vec<Standing>) -> Vec<Standing> {
    let mut measured: Vec<(f64, Standing)> = models
        .into_iter()
        .filter(|standing| standing.obstacle.is_none())
        .filter_map(|standing| Some((standing.statistics.latency?.log_ratio, standing)))
        .collect();
    measured.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    measured.into_iter().map(|(_, standing)| standing).collect()
}

fn row(standing: &Standing) -> [String; 6] {
    let statistics = &standing.statistics;
    [
        standing.role.map_or("-", llm_core::ModelRole::as_str).to_owned(),
        standing.model.to_string(),
        statistics.last_response_time.map_or_else(|| "-".to_owned(), seconds),
        statistics.success_count.to_string(),
        statistics.error_count.to_string(),
        standing.obstacle.as_ref().map_or_else(|| "ready".to_owned(), ToString::to_string),
    ]
}

fn object(standing: &Standing, manager: &LlmManager) -> Value {
    let statistics = &standing.statistics;
    let facts = manager.facts(&standing.model);
    json!({
        "model": standing.model.model,
        "provider": standing.model.provider,
        "role": standing.role,
        "usable": standing.obstacle.is_none(),
        "reason": standing.obstacle.as_ref().map(ToString::to_string),
        "last_response_time": statistics.last_response_time.map(|time| time.as_secs_f64()),
        "success_count": statistics.success_count,
        "error_count": statistics.error_count,
        "facts": facts_object(&facts),
        "contradictions": facts.contradictions,
        "catalogue_learned_at": manager.catalogue_learned(&standing.model.provider).map(rfc3339),
    })
}

fn seconds(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}
