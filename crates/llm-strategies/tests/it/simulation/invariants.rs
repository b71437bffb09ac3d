//! What holds of every request, whatever the upstream does and whenever the caller leaves.

use std::collections::BTreeSet;

use llm_core::{Attempt, AttemptOutcome, Billed, ErrorKind, Execution, Usage};
use llm_strategies::WhenAllUnavailable;
use llm_testkit::fakes::{Call, CallEnd};

use super::{
    case::{Case, TICK},
    generator::Way,
    moods::MORE,
    upstream::{Start, place},
    watch::State,
};
use crate::support::*;

/// Tries of a model it already failed in one request, over all models.
const RETRIES: usize = 4;

/// What is wrong, if anything is.
pub(super) type Verdict = Result<(), String>;

macro_rules! ensure {
    ($holds:expr, $($what:tt)+) => {
        if !$holds {
            return Err(format!($($what)+));
        }
    };
}
pub(super) use ensure;

/// Checks one request that is over.
pub(super) fn check(case: &Case<'_>) -> Verdict {
    nothing_runs_on(case)?;
    retries_are_few(case)?;
    a_failure_rules_out_who_shares_its_cause(case)?;
    judges_are_well(case)?;
    let Some(end) = &case.seen.end else { return Ok(()) };
    ensure!(
        case.history().is_some(),
        "I1: a request ended without its story: {:?}",
        end.as_ref().err()
    );
    every_attempt_is_told_once(case)?;
    times_add_up(case)?;
    no_sleep_passed_the_deadline(case)?;
    waits_are_short_while_others_can_serve(case)?;
    the_resting_rest(case)?;
    the_chain_is_not_cut_short(case)?;
    what_is_known_is_told(case)?;
    one_model_speaks(case)
}

/// I2: no call outlives its request.
fn nothing_runs_on(case: &Case<'_>) -> Verdict {
    for (start, call) in case.calls.iter().chain(&case.judge) {
        ensure!(call.end.is_some(), "I2: a call of m{} runs on", start.model);
    }
    Ok(())
}

/// I4, and the limits of decision 3: tries of one model, tries in one request, tries that may be
/// charged again.
fn retries_are_few(case: &Case<'_>) -> Verdict {
    let called: BTreeSet<usize> = case.calls.iter().map(|(start, _)| start.model).collect();
    let hedges = usize::from(case.is_hedged());
    let retries = case.calls.len() - called.len();
    ensure!(retries <= RETRIES + hedges, "I4: {retries} retries in a request");
    let allowed = usize::try_from(case.world.settings.retry_attempts).unwrap();
    for model in &called {
        let tries = case.calls.iter().filter(|(start, _)| start.model == *model).count();
        ensure!(
            tries <= 1 + allowed + hedges,
            "{tries} tries of m{model}, {allowed} extra allowed"
        );
    }
    let paid_again = case.attempts().enumerate().filter(|(number, (attempt, (start, _)))| {
        let cancelled = AttemptOutcome::Failed(ErrorKind::Cancelled);
        attempt.billed != Billed::No
            && attempt.outcome != cancelled
            && case.calls[number + 1..].iter().any(|(later, _)| later.model == start.model)
    });
    let paid_again = paid_again.count();
    ensure!(paid_again <= 1, "{paid_again} attempts were retried that may be charged");
    Ok(())
}

/// R9: after a rejected key no other model of that key, after a window that was too small no other
/// that is not larger, and no second try of the call that should show whether its model is well.
fn a_failure_rules_out_who_shares_its_cause(case: &Case<'_>) -> Verdict {
    for (start, call) in &case.calls {
        let Some(CallEnd::Failed(kind)) = call.end else { continue };
        let failed = &case.world.models[start.model];
        // Of two that are asked at once, the other one goes on with what it began.
        let goes_on = |model: usize| {
            let begun = |(other, earlier): &(Start, Call)| {
                other.model == model && Some(earlier.started) <= call.ended
            };
            case.asks_two() && model != start.model && case.calls.iter().any(begun)
        };
        let later = case.calls.iter().filter(|(_, later)| Some(later.started) > call.ended);
        for (later, _) in later.filter(|(later, _)| !goes_on(later.model)) {
            let model = &case.world.models[later.model];
            let free = model.price.is_some_and(|price| price.is_free());
            let ruled_out = match kind {
                ErrorKind::UpstreamAuth | ErrorKind::UpstreamForbidden => model.key == failed.key,
                ErrorKind::QuotaExhausted => model.key == failed.key && !free,
                ErrorKind::ContextLength => {
                    failed.window.is_some()
                        && model.window.is_some_and(|w| Some(w) <= failed.window)
                }
                ErrorKind::RateLimited | ErrorKind::InFlightBudget => false,
                _ => start.state == State::Probe && later.model == start.model && !case.is_hedged(),
            };
            ensure!(!ruled_out, "after {kind} of m{} came m{}", start.model, later.model);
        }
    }
    Ok(())
}

/// A judge is never a model that rests: the request does without.
fn judges_are_well(case: &Case<'_>) -> Verdict {
    for (start, _) in &case.judge {
        ensure!(start.state != State::Resting, "m{} judged while it rested", start.model);
    }
    Ok(())
}

/// I1: the story has every call of the fake's log, in order, and no other.
fn every_attempt_is_told_once(case: &Case<'_>) -> Verdict {
    let history = case.history().unwrap();
    let judged = history.judgement.as_ref().map(|judgement| &judgement.attempts[..]);
    let told = history.attempts.iter().chain(judged.unwrap_or_default());
    let made = case.calls.iter().chain(&case.judge);
    let (n_told, n_made) = (told.clone().count(), made.clone().count());
    ensure!(n_told == n_made, "I1: {n_told} attempts are told, {n_made} calls were made");
    if judged.is_some() {
        let (n_told, n_made) = (history.attempts.len(), case.calls.len());
        ensure!(n_told == n_made, "the judge's attempts stand apart: {n_told}, not {n_made}");
    }
    for (attempt, (start, call)) in told.zip(made) {
        ensure!(
            attempt.model == call.model && case.began + attempt.started == call.started,
            "I1: told {} at {:?}, called {} at {:?}",
            attempt.model,
            case.began + attempt.started,
            call.model,
            call.started
        );
        ensure!(
            agree(attempt.outcome, call.end.unwrap()),
            "the call of m{} ended {:?}, told {:?}",
            start.model,
            call.end,
            attempt.outcome
        );
    }
    Ok(())
}

/// Whether what is told of an attempt may have become of a call.
fn agree(told: AttemptOutcome, end: CallEnd) -> bool {
    use AttemptOutcome::{Failed, Ok};
    use ErrorKind as Kind;
    // A limit may pass, or the caller leave, while the last event waits to be read.
    let dropped = matches!(
        told,
        Failed(
            Kind::Cancelled
                | Kind::Deadline
                | Kind::FirstTokenTimeout
                | Kind::IdleTimeout
                | Kind::NoProgress
        )
    );
    match end {
        // A whole answer may be taken before its stream has ended.
        CallEnd::Dropped => dropped || told == Ok,
        CallEnd::Answered => {
            dropped
                || matches!(
                    told,
                    Ok | Failed(
                        Kind::EmptyContent
                            | Kind::InvalidJson
                            | Kind::InvalidToolArguments
                            | Kind::ContentPolicy
                    )
                )
        }
        CallEnd::Failed(kind) => {
            dropped || told == Failed(kind) || told == Failed(ErrorKind::Internal)
        }
        _ => false,
    }
}

/// I5, and sums: nothing takes longer than what holds it.
fn times_add_up(case: &Case<'_>) -> Verdict {
    let history = case.history().unwrap();
    let elapsed = history.elapsed;
    if !case.reads_slowly() {
        ensure!(elapsed <= case.timeout() + TICK, "I5: it took {elapsed:?}");
        ensure!(
            case.seen.elapsed.abs_diff(elapsed) <= TICK,
            "it took {:?} and tells {elapsed:?}",
            case.seen.elapsed
        );
    }
    ensure!(history.time_to_first_token <= Some(elapsed), "a first token after the end");
    let judged = history.judgement.iter().flat_map(|judgement| &judgement.attempts);
    for attempt in history.attempts.iter().chain(judged) {
        ensure!(attempt.started + attempt.elapsed <= elapsed, "{attempt:#?} outlives {elapsed:?}");
        ensure!(attempt.started < case.timeout() + TICK, "{attempt:#?} began too late");
        ensure!(attempt.time_to_first_token <= Some(attempt.elapsed), "{attempt:#?}");
    }
    if !case.asks_two() {
        let overlaps = |pair: &&[Attempt]| pair[0].started + pair[0].elapsed > pair[1].started;
        let overlaps = history.attempts.windows(2).filter(overlaps).count();
        let hedges = usize::from(case.world.settings.hedging);
        ensure!(overlaps <= hedges, "{overlaps} attempts at once");
    }
    for (attempt, (start, _)) in case.attempts() {
        let model = &case.world.models[start.model];
        let limit = if model.upstream_stream {
            model.timeouts.first_token
        } else {
            model.timeouts.first_token.max(model.timeouts.progress)
        };
        let silent = attempt.time_to_first_token.unwrap_or(attempt.elapsed);
        ensure!(silent <= limit + TICK, "silent for {silent:?}, limit {limit:?}");
    }
    Ok(())
}

/// I5: a request that ends with its deadline was waiting for somebody, not sleeping.
fn no_sleep_passed_the_deadline(case: &Case<'_>) -> Verdict {
    if !case.is_late() || case.error().is_none() || case.reads_slowly() {
        return Ok(());
    }
    let end = case.began + case.seen.elapsed;
    let waited = case.calls.iter().chain(&case.judge);
    let mut last = waited.filter_map(|(_, call)| call.ended);
    // An answer that is whole may still be on its way.
    let mut told = case.history().unwrap().attempts.iter();
    let until_the_end = last.any(|ended| ended + TICK >= end)
        || told.any(|attempt| attempt.started + attempt.elapsed + TICK >= case.seen.elapsed);
    ensure!(until_the_end, "I5: it slept past its deadline");
    Ok(())
}

/// Decision 6: with somebody else to ask, nobody is waited for longer than a short hint or
/// backoff.
fn waits_are_short_while_others_can_serve(case: &Case<'_>) -> Verdict {
    if case.asks_two() || case.reads_slowly() || case.is_hedged() {
        return Ok(());
    }
    let longest = case.world.settings.wait_inline.max(seconds(8.0));
    for (number, pair) in case.calls.windows(2).enumerate() {
        let [(failed, call), (_, next)] = pair else { continue };
        let pause = next.started.saturating_sub(call.ended.unwrap());
        if pause <= longest + TICK {
            continue;
        }
        let earlier = &case.calls[..=number];
        let stay = earlier.iter().find(|(start, _)| start.model == failed.model);
        let could_serve = |model: &usize| {
            stay.is_some_and(|(start, _)| start.others.contains(model))
                && failed.others_at_end.contains(model)
                && !earlier.iter().any(|(start, call)| rules_out(case, (start, call), *model))
        };
        let history = case.history().unwrap();
        let left_out =
            |model: &usize| history.excluded.iter().any(|left| place(&left.model) == *model);
        let mut free = case.world.chain(&case.errand.options);
        free.retain(|model| could_serve(model) && !left_out(model));
        ensure!(
            free.is_empty(),
            "waited {pause:?} for m{} while {free:?} could serve",
            failed.model
        );
    }
    Ok(())
}

/// Whether a call of the same request keeps a model from being asked after it.
fn rules_out(case: &Case<'_>, (start, call): (&Start, &Call), model: usize) -> bool {
    let models = &case.world.models;
    start.model == model
        || match call.end {
            Some(CallEnd::Failed(ErrorKind::ContextLength)) => true,
            Some(CallEnd::Failed(
                ErrorKind::UpstreamAuth | ErrorKind::UpstreamForbidden | ErrorKind::QuotaExhausted,
            )) => models[start.model].key == models[model].key,
            _ => false,
        }
}

/// A resting model is called only when everybody else was asked or left out.
fn the_resting_rest(case: &Case<'_>) -> Verdict {
    for (number, (start, _)) in case.calls.iter().enumerate() {
        let again = case.calls[..number].iter().any(|(earlier, _)| earlier.model == start.model);
        if start.state != State::Resting || again {
            continue;
        }
        let fails = case.world.settings.when_all_unavailable == WhenAllUnavailable::Fail;
        ensure!(!fails, "m{} rested and was called", start.model);
        let chain = case.world.chain(&case.errand.options);
        let idle: Vec<_> = chain.iter().filter(|model| !case.is_accounted(**model)).collect();
        ensure!(idle.is_empty(), "m{} rested and was called before {idle:?}", start.model);
    }
    Ok(())
}

/// Decision 3: everybody who can serve is asked, or left out with a reason.
fn the_chain_is_not_cut_short(case: &Case<'_>) -> Verdict {
    let history = case.history().unwrap();
    let mut left_out: Vec<_> = history.excluded.iter().map(|left| &left.model).collect();
    left_out.sort();
    left_out.dedup();
    ensure!(left_out.len() == history.excluded.len(), "left out twice: {:?}", history.excluded);
    for model in left_out {
        let called = case.calls.iter().any(|(start, _)| start.model == place(model));
        ensure!(!called, "{model} was called and left out");
    }
    let chain = case.world.chain(&case.errand.options);
    let due = match case.outcome() {
        // The chain in order: whoever stands before the one that answered.
        Some(outcome) if case.errand.way == Way::Chain && !case.is_hedged() => {
            let answered = place(outcome.model());
            chain.split(|model| *model == answered).next().unwrap_or_default().to_vec()
        }
        Some(_) => return Ok(()),
        None if case.is_late() || case.was_ended() => return Ok(()),
        None => chain,
    };
    let missed: Vec<_> = due.iter().filter(|model| !case.is_accounted(**model)).collect();
    ensure!(missed.is_empty(), "{missed:?} were neither called nor left out");
    Ok(())
}

/// Tokens, costs and charges are told where they are known, and only there.
fn what_is_known_is_told(case: &Case<'_>) -> Verdict {
    for (attempt, (start, call)) in case.attempts() {
        let told = attempt.usage.as_ref();
        let is_whole = attempt.outcome == AttemptOutcome::Ok && !call.was_dropped();
        // What a provider counted of an answer that died stands too, if it came.
        let is_right = told == start.usage.as_ref() || (told.is_none() && !is_whole);
        ensure!(is_right, "told {told:?}, was {:?}", start.usage);
        let price = case.world.models[start.model].price;
        let reported = |usage: &Usage| usage.cost.is_some();
        let computed = |usage: &Usage| price.is_some_and(|price| price.cost(usage).is_some());
        let known = told.is_some_and(|usage| reported(usage) || computed(usage));
        ensure!(attempt.cost.is_some() == known, "{:?} of {told:?}", attempt.cost);
        let is_answer = attempt.outcome == AttemptOutcome::Ok;
        ensure!(!is_answer || attempt.billed == Billed::Yes, "{attempt:#?}");
    }
    let history = case.history().unwrap();
    let unknown = |attempt: &Attempt| attempt.billed != Billed::No && attempt.usage.is_none();
    if history.attempts.iter().any(unknown) {
        ensure!(history.usage().is_none(), "an unknown usage has a sum: {:?}", history.usage());
    }
    Ok(())
}

/// What reaches a caller is one call's words, whole or with an error behind them.
fn one_model_speaks(case: &Case<'_>) -> Verdict {
    let seen = &case.seen;
    let words = |(start, _): &(Start, Call)| start.text.clone();
    if let Some(outcome) = case.outcome() {
        let mut answers = case.attempts().filter(|(attempt, (start, _))| {
            let refusal = AttemptOutcome::Failed(ErrorKind::ContentPolicy);
            let spoke = attempt.outcome == AttemptOutcome::Ok
                || (attempt.outcome == refusal && case.world.settings.fallback_on_refusal);
            spoke && start.model == place(outcome.model())
        });
        ensure!(
            answers.any(|(_, call)| words(call) == outcome.text()),
            "{} did not say {:?}",
            outcome.model(),
            outcome.text()
        );
    }
    if !case.streams() {
        return Ok(());
    }
    ensure!(seen.n_late == 0, "{} items came after an error", seen.n_late);
    let history = case.history().unwrap();
    match (case.outcome(), case.error()) {
        (Some(outcome), _) => {
            ensure!(seen.finished, "it ended well without a finish reason");
            ensure!(seen.said == outcome.text(), "streamed {:?}, told {:?}", seen.said, outcome);
            ensure!(history.time_to_first_token.is_some(), "no time to the first token");
        }
        (None, Some(error)) => {
            let partial = seen.n_contents > 0;
            // The one that spoke: a hedge's loser, which came later, never did.
            let spoke = case.attempts().filter(|(told, _)| told.time_to_first_token.is_some());
            let spoke = spoke.last();
            let broken_by = spoke.and_then(|(attempt, _)| attempt.outcome.error());
            ensure!(
                !partial || broken_by == Some(error.kind()),
                "{broken_by:?} broke it, told {error}"
            );
            ensure!(history.partial == partial, "partial: {}, seen {partial}", history.partial);
            // JSON that is none shows when the answer is whole, and its reader has it by then.
            let useless =
                matches!(error.kind(), ErrorKind::InvalidJson | ErrorKind::InvalidToolArguments);
            ensure!(
                !seen.finished || useless || case.reads_slowly(),
                "after a finish reason came an error: {error}"
            );
            let last = spoke.map(|(_, call)| words(call)).unwrap_or_default();
            let (said, endless) = (&seen.said, seen.said.trim_end_matches(MORE));
            ensure!(
                last.starts_with(said) || last.starts_with(endless),
                "streamed {said:?}, the call that broke says {last:?}"
            );
        }
        (None, None) => {}
    }
    Ok(())
}

/// What a retry after this call takes from the budget at least.
pub(super) fn least_cost(call: &Call) -> u32 {
    match call.end {
        Some(CallEnd::Failed(ErrorKind::RateLimited | ErrorKind::InFlightBudget)) => 1,
        Some(CallEnd::Failed(kind)) => match kind.execution() {
            Execution::NotSent => 0,
            Execution::Rejected => 1,
            _ => 2,
        },
        _ => 2,
    }
}
