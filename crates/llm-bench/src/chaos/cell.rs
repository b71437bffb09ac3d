//! One cell of the table: a fault, how often it strikes, and how many healthy models stand behind.

use std::time::Duration;

use anyhow::{Context, Result};
use llm_core::{Attempt, Billed};
use llm_manager::GenerateOptions;

use super::{
    fault::{Fault, TOKENS_BEFORE},
    house::{ANSWER_TOKENS, Blueprint, PRIMARY, healthy},
    load::{Ask, Record, ask_all, one},
    report::{Cell, OnDead},
    simulate,
    statistics::{Summary, ratio},
};

/// The gap between two requests.
const GAP: Duration = Duration::from_secs(1);
/// How long a model that has failed is watched.
const WATCHED: Duration = Duration::from_secs(60);

/// Asks `requests` times while the primary fails `percent` of its calls, with so many fallbacks.
///
/// # Errors
///
/// When the house cannot be built, or the outcomes tell of other attempts than the upstreams saw.
pub(super) fn run(
    fault: &Fault,
    percent: u32,
    fallbacks: usize,
    requests: u32,
    seed: u64,
    prompt_tokens: u64,
) -> Result<Cell> {
    let share = f64::from(percent) / 100.0;
    simulate(async {
        let blueprint = Blueprint::new(seed)
            .model("primary", fault.primary(share))
            .fallbacks(fallbacks)
            .refusing(fault.refuses(share));
        let house = blueprint.build()?;
        let asks = (0..requests)
            .map(|number| Ask { at: GAP * number, streamed: fault.callers.streams(number) });
        let records = ask_all(&house.manager, asks, &GenerateOptions::default()).await?;
        let place = || format!("{} at {percent} % with {fallbacks} fallbacks", fault.name);
        house.reconcile(&records).with_context(place)?;
        let summary = Summary::of(&records);
        let attempts = house.seen();
        Ok(Cell {
            fault: fault.name.to_owned(),
            callers: fault.callers.as_str().to_owned(),
            after_commit: fault.strikes_after_commit(),
            percent,
            fallbacks,
            requests: summary.requests,
            answered: summary.answered,
            success: summary.success(),
            p50_s: summary.p50,
            p99_s: summary.p99,
            attempts,
            amplification: ratio(attempts, summary.requests),
            wasted_tokens: wasted_tokens(&records, prompt_tokens),
            after_first_failure: after_first_failure(&records),
        })
    })
}

/// Tokens of the prompt that every request here carries, as the upstream counts them.
pub(super) fn prompt_tokens(seed: u64) -> Result<u64> {
    simulate(async {
        let house = Blueprint::new(seed).model("primary", healthy(PRIMARY)).build()?;
        let ask = Ask { at: Duration::ZERO, streamed: false };
        let record = one(&house.manager, ask, &GenerateOptions::default()).await?;
        record.prompt_tokens.context("the upstream does not count the prompt's tokens")
    })
}

/// Tokens that may be on the bill for nothing. Of an attempt that is not the answer and whose
/// billing is `yes`: the prompt and the tokens that had come. Of one whose billing is `maybe`: the
/// prompt and a whole answer, for nobody here can tell how far the model got.
fn wasted_tokens(records: &[Record], prompt: u64) -> u64 {
    let of = |attempt: &Attempt| {
        let answer = match attempt.billed {
            Billed::No => return 0,
            Billed::Maybe => ANSWER_TOKENS,
            Billed::Yes if attempt.time_to_first_token.is_some() => TOKENS_BEFORE,
            Billed::Yes => 0,
        };
        prompt + u64::try_from(answer).unwrap_or(u64::MAX)
    };
    let attempts = records.iter().flat_map(|record| &record.attempts);
    attempts.filter(|attempt| attempt.outcome.error().is_some()).map(of).sum()
}

/// How the primary was asked within a minute after its first failure was seen.
fn after_first_failure(records: &[Record]) -> OnDead {
    let on_primary = || {
        records.iter().flat_map(|record| {
            let begun = record.begun().filter(|(_, attempt)| attempt.model == PRIMARY);
            begun.map(move |(began, attempt)| (record, began, attempt))
        })
    };
    let failures = on_primary().filter(|(.., attempt)| attempt.outcome.error().is_some());
    let seen = failures.map(|(_, began, attempt)| began + attempt.elapsed).min();
    let Some(seen) = seen else { return OnDead::default() };
    let passed_over = records.iter().find(|record| !record.asked_of(PRIMARY));
    let rests = passed_over.map_or(Duration::MAX, |record| record.asked);
    let mut found = OnDead::default();
    for (record, began, attempt) in on_primary() {
        if began <= seen || began > seen + WATCHED {
            continue;
        }
        found.attempts += 1;
        if record.asked < rests {
            found.before_rest += 1;
        } else {
            found.later += 1;
        }
        let kind = attempt.outcome.error().map(|kind| kind.as_str().to_owned());
        found.kinds.extend(kind);
    }
    found
}
