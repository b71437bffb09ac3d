//! What is seen of a fault, in the words of the page.

use std::{collections::BTreeSet, time::Duration};

use llm_core::{Error, ExclusionReason, Retry};

use super::{
    lab::{Got, Lab, SICK, SPARE, TWIN, Told, Trouble, ask},
    resting::{health, near},
    row::Row,
};

/// What is seen of a fault.
#[derive(Debug, PartialEq)]
pub(crate) struct Seen {
    /// The cells of the page.
    pub(crate) line: String,
    /// The status of the failed attempt.
    pub(crate) status: Option<u16>,
    /// What was handed over before the failure.
    pub(crate) handed_over: String,
    /// When the caller is told to come back, with nobody else to ask.
    pub(crate) retry_after: Option<Retry>,
    /// What should never be seen.
    pub(crate) odd: Vec<String>,
}

/// Extra tries that the fault table limits, and nothing else.
const AS_MANY_AS_ALLOWED: u32 = 9;
/// With the seed of the lab more than this part of a pause is drawn.
const DRAWN: f64 = 0.6;

/// Looks at a fault with nobody else to ask, and with three healthy models behind.
pub(crate) async fn observe(row: &Row, lab: &Lab, told: &Told) -> Seen {
    let told =
        Told { timeout: row.timeout, timeouts: row.timeouts, alone: row.alone, ..told.clone() };
    let mut odd = Vec::new();

    let alone = Told { alone: true, retry_attempts: AS_MANY_AS_ALLOWED, ..told.clone() };
    let before = lab.calls();
    let alone = ask(&lab.engine(&alone), told.form, &row.request).await;
    lab.check_calls(before, &alone, &mut odd);
    let Err(error) = &alone.end else {
        panic!("nobody answered, and there is an answer: {alone:?}")
    };

    let engine = lab.engine(&told);
    let before = lab.calls();
    let got = ask(&engine, told.form, &row.request).await;
    lab.check_calls(before, &got, &mut odd);
    let attempts = || alone.on_sick().into_iter().chain(got.on_sick());
    let same_model = same_model(row, &alone, &got);
    let kinds = words(attempts().map(|attempt| format!("`{}`", attempt.outcome.as_str())));
    let charged = words(attempts().map(|attempt| attempt.billed.as_str()));
    // Before anything that takes time.
    let health = health(row, &engine, told.form).await;
    let again = Told { fallback_on_refusal: true, ..told.clone() };
    let refused = got.end.is_err();
    let then = if refused && ask(&lab.engine(&again), told.form, &row.request).await.end.is_ok() {
        "nobody; the next with `llm.fallback_on_refusal`"
    } else {
        then(&got)
    };

    let seen = if error.is_retryable() { "worth trying later" } else { "final" };
    let (label, kind) = (error.label(), error.kind());
    for got in [&alone, &got] {
        let partial = got.end.as_ref().err().and_then(Error::history).map(|told| told.partial);
        if partial.is_some_and(|partial| partial == leaked(got).is_empty()) {
            odd.push(format!("partial is {partial:?}: {:?}", leaked(got)));
        }
        if got.end.is_err() && leaked(got) != leaked(&alone) {
            odd.push(format!("handed over {:?}, then {:?}", leaked(&alone), leaked(got)));
        }
    }
    Seen {
        line: format!(
            "{kinds} | {label} | {same_model} | {then} | {health} | {charged} | `{kind}`, {seen}"
        ),
        status: alone.on_sick().first().and_then(|attempt| attempt.status),
        handed_over: leaked(&alone).to_owned(),
        retry_after: error.retry().filter(|retry| matches!(retry, Retry::After(_))),
        odd,
    }
}

/// What was handed over before a failure.
fn leaked(got: &Got) -> &str {
    if got.end.is_err() { &got.text } else { "" }
}

impl Lab {
    fn calls(&self) -> usize {
        self.simulator.calls_to(SICK).len()
    }

    /// Each attempt is one call at the upstream.
    fn check_calls(&self, before: usize, got: &Got, odd: &mut Vec<String>) {
        let (calls, attempts) = (self.calls() - before, got.on_sick().len());
        if !matches!(self.trouble, Trouble::Elsewhere(_)) && calls != attempts {
            odd.push(format!("{calls} calls in {attempts} attempts"));
        }
    }
}

/// Different words, joined.
fn words(each: impl Iterator<Item = impl ToString>) -> String {
    let each: BTreeSet<String> = each.map(|word| word.to_string()).collect();
    each.into_iter().collect::<Vec<_>>().join("/")
}

/// Between the first attempt on the model and the second.
fn pause(got: &Got) -> Option<Duration> {
    let attempts = got.on_sick();
    let [first, second, ..] = attempts.as_slice() else { return None };
    Some(second.started.saturating_sub(first.started + first.elapsed))
}

fn same_model(row: &Row, alone: &Got, got: &Got) -> String {
    let pause = pause_in_words(row, pause(alone));
    let (alone, with_others) = (alone.on_sick().len() - 1, got.on_sick().len() - 1);
    // With others only the one extra try is allowed that is the default, and none where a rest
    // comes first that is long or that nobody asked for.
    let long_rest = pause == "after its rest" && row.hint.is_none_or(|hint| hint.as_secs() > 3);
    let as_with_others = with_others == usize::from(!long_rest);
    match alone {
        0 if with_others == 0 => "no".to_owned(),
        1 if as_with_others => format!("once, {pause}"),
        1 if with_others == 0 => format!("once if alone, {pause}"),
        times if as_with_others => format!("{times} times, {pause}"),
        _ => format!("{alone} alone, {with_others} with others, {pause}"),
    }
}

fn pause_in_words(row: &Row, pause: Option<Duration>) -> String {
    let Some(pause) = pause else { return String::new() };
    if near(pause, row.hint.unwrap_or(Duration::from_secs(5))) {
        return "after its rest".to_owned();
    }
    if pause.is_zero() {
        return "at once".to_owned();
    }
    // The seed draws most of it, so the base is the next larger one.
    let bases = [100, 500, 1_000].map(Duration::from_millis);
    let base = bases.into_iter().find(|base| pause > base.mul_f64(DRAWN) && pause <= *base);
    base.map_or_else(|| format!("{pause:?}"), |base| format!("{base:?}"))
}

/// Who answered in place of the sick model.
fn then(got: &Got) -> &'static str {
    let Ok(outcome) = &got.end else { return "nobody" };
    let twin = outcome.history.excluded.iter().find(|left| left.model == *TWIN);
    match (outcome.model().as_str(), twin.map(|left| &left.reason)) {
        (TWIN, None) => "the next",
        (SPARE, Some(ExclusionReason::ContextWindow { .. })) => "the next with a larger window",
        (
            SPARE,
            Some(ExclusionReason::CredentialRejected | ExclusionReason::CredentialParked { .. }),
        ) => "the next with another key",
        _ => panic!("an answer nobody understands: {got:?}"),
    }
}
