//! Both calls at once, and how long the slower one is waited for.

use std::time::Duration;

use futures_util::future::{Either, select};
use llm_core::{Answer, Candidate, ChatRequest, Executor};
use tokio::time::{Instant, timeout};

use super::soundness::{Soundness, soundness};

/// The slower candidate is waited for at least this long after the faster one.
const GRACE: Duration = Duration::from_secs(5);

/// How the two calls ended.
#[derive(Debug)]
pub(super) enum Race {
    /// Both candidates answered.
    Both(Box<[Answer; 2]>),
    /// One did; `reason` says what became of the other.
    One { answer: Box<Answer>, reason: &'static str },
    /// Neither did.
    Nobody,
}

/// Asks both candidates at once. `reserve` is kept free before the deadline, for the judge.
pub(super) async fn race(
    pair: &[Candidate; 2],
    request: &ChatRequest,
    reserve: Duration,
    executor: &dyn Executor,
) -> Race {
    let started = Instant::now();
    let [first, second] = pair;
    let both = select(executor.collect(first), executor.collect(second));
    let (early, late, first_was_early) = match both.await {
        Either::Left((early, late)) => (early, late, true),
        Either::Right((early, late)) => (early, late, false),
    };
    let Ok(early) = early else {
        return match late.await {
            Ok(answer) => {
                Race::One { answer: Box::new(answer), reason: "the other candidate failed" }
            }
            Err(_) => Race::Nobody,
        };
    };
    let spare = executor.remaining().saturating_sub(reserve);
    // An answer that is no use is not worth hurrying for.
    let grace = match soundness(request, &early.response) {
        Soundness::Sound => GRACE.max(started.elapsed()),
        _ => spare,
    };
    match timeout(grace.min(spare), late).await {
        Ok(Ok(late)) if first_was_early => Race::Both(Box::new([early, late])),
        Ok(Ok(late)) => Race::Both(Box::new([late, early])),
        Ok(Err(_)) => Race::One { answer: Box::new(early), reason: "the other candidate failed" },
        Err(_) => Race::One { answer: Box::new(early), reason: "the other candidate was too slow" },
    }
}
