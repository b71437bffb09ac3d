//! One run: its lanes, its journal, its result.

use std::{collections::BTreeMap, time::Duration};

use futures_util::future::join_all;
use llm_core::{ErrorKind, Timestamp};

use super::{
    journal::Journal,
    judge::{self, millis},
    lane::{self, Shared},
    preflight::Preflight,
    prompt, schedule,
};
use crate::{
    advice, clock,
    options::{Profile, RunOptions},
    report::{self, ModelReport, Report, RunSettings, SCHEMA_VERSION, Skip},
    run::Lane,
    target::TestTarget,
    taxonomy::{self, Circumstances},
};

/// One run of a runner.
#[derive(Debug)]
pub(super) struct Execution<'a> {
    options: &'a RunOptions,
    seed: u64,
    started: Timestamp,
    notes: Vec<String>,
    pub(super) lanes: Vec<Lane>,
    /// The lanes whose model the provider does not list, and the ids nearest to it.
    unknown: BTreeMap<usize, Vec<String>>,
    pub(super) journal: Journal,
}

impl<'a> Execution<'a> {
    /// A run of `targets` that begins at `started`.
    pub(super) fn new(
        mut targets: Vec<TestTarget>,
        mut known: Preflight,
        options: &'a RunOptions,
        seed: u64,
        started: Timestamp,
    ) -> Self {
        let of_target = |target: &TestTarget| known.unknown(target);
        let unknown =
            (0..).zip(&targets).filter_map(|(index, target)| Some((index, of_target(target)?)));
        let unknown: BTreeMap<usize, Vec<String>> = unknown.collect();
        for target in &mut targets {
            known.enrich(target);
        }
        let mut lanes = schedule::lanes(targets, options, seed);
        for (index, lane) in lanes.iter_mut().enumerate() {
            if unknown.contains_key(&index) {
                lane.jobs.clear();
            }
        }
        let journal = Journal::new(lanes.len());
        Self { options, seed, started, notes: known.notes, lanes, unknown, journal }
    }

    /// Makes every call.
    pub(super) async fn walk(&self, shared: &Shared<'_>) {
        let walks = schedule::turns(self.lanes.len(), self.seed).into_iter().filter_map(|index| {
            let lane = self.lanes.get(index)?;
            Some(lane::walk(index, lane, shared, move || self.model(index, lane)))
        });
        join_all(walks).await;
    }

    /// The report of what has happened so far.
    pub(super) fn report(&self, elapsed: Duration, partial: bool) -> Report {
        let lanes = self.lanes.iter().enumerate();
        let mut models: Vec<ModelReport> =
            lanes.map(|(index, lane)| self.model(index, lane)).collect();
        report::rank_by_speed(&mut models);
        let advice = advice::advise(&models);
        let totals = report::total(&models);
        let mut notes = self.notes.clone();
        notes.extend(advice::notes(&models, &totals, self.options));
        Report {
            schema_version: SCHEMA_VERSION,
            run_id: clock::run_id(self.started, self.seed),
            started: clock::rfc3339(self.started),
            elapsed_ms: millis(elapsed),
            sandbox: self.options.sandbox,
            partial,
            settings: self.settings(),
            totals,
            models,
            recommendations: advice.recommendations,
            suggested_roles: advice.roles,
            notes,
        }
    }

    fn model(&self, index: usize, lane: &Lane) -> ModelReport {
        let target = &lane.target;
        if let Err(reason) = &target.provider {
            return report::skipped(target, taxonomy::skip(reason, target));
        }
        if let Some(nearest) = self.unknown.get(&index) {
            let facts = Circumstances { nearest, ..Circumstances::default() };
            return report::unlisted(
                target,
                taxonomy::hint(ErrorKind::ModelNotFound, target, facts),
            );
        }
        let calls = self.journal.calls(index);
        let planned = lane.jobs.len();
        let made = calls.iter().filter(|call| !judge::is_cancelled(call)).count();
        if made == 0 {
            let skip =
                Skip { reason: "cancelled".to_owned(), hint: "run the test again".to_owned() };
            return ModelReport { calls, ..report::skipped(target, skip) };
        }
        let not_sent = u32::try_from(planned.saturating_sub(calls.len())).unwrap_or(u32::MAX);
        report::answered(target, calls, not_sent, self.options.min_success)
    }

    fn settings(&self) -> RunSettings {
        let options = self.options;
        let max_tokens = prompt::max_tokens(options.profile);
        RunSettings {
            profile: options.profile,
            repeats: options.repeats(),
            warm_up: options.profile != Profile::Smoke,
            concurrency: options.concurrency.max(1),
            seed: self.seed,
            timeout_ms: millis(options.timeout),
            max_tokens,
            max_tokens_reasoning: max_tokens.max(prompt::MAX_TOKENS_REASONING),
            prompt_hash: prompt::question_hash(options),
            min_success: options.min_success,
            fail_on: options.fail_on,
            config: options.config.as_ref().map(|path| path.display().to_string()),
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }
}
