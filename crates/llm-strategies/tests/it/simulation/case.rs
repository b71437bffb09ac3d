//! One request that is over: what was wanted, what came of it, and what it took upstream.

use std::{fmt, time::Duration};

use llm_core::{Attempt, AttemptOutcome, Error, History, Outcome};
use llm_strategies::{Onward, Reaction};
use llm_testkit::fakes::{Call, CallEnd};

use super::{
    generator::{Errand, Reader, Way, World},
    upstream::{Start, place},
};
use crate::support::*;

/// Moments of timers are rounded to this.
pub(super) const TICK: Duration = Duration::from_millis(2);

/// What a caller saw.
#[derive(Debug)]
pub(super) struct Seen {
    /// `None` when the caller left first.
    pub(super) end: Option<Result<Outcome, Error>>,
    /// The text of a stream.
    pub(super) said: String,
    /// Events of a stream with content.
    pub(super) n_contents: usize,
    /// Whether a stream said why it ended.
    pub(super) finished: bool,
    /// Items of a stream after its error.
    pub(super) n_late: usize,
    /// From the first poll to the end.
    pub(super) elapsed: Duration,
}

/// One request that is over.
pub(super) struct Case<'a> {
    pub(super) world: &'a World,
    pub(super) errand: &'a Errand,
    pub(super) seen: Seen,
    /// When it began, after its world did.
    pub(super) began: Duration,
    /// Its calls of candidates.
    pub(super) calls: Vec<(Start, Call)>,
    /// Its calls of a judge.
    pub(super) judge: Vec<(Start, Call)>,
}

impl Case<'_> {
    pub(super) fn history(&self) -> Option<&History> {
        match self.seen.end.as_ref()? {
            Ok(outcome) => Some(&outcome.history),
            Err(error) => error.history(),
        }
    }

    pub(super) fn outcome(&self) -> Option<&Outcome> {
        self.seen.end.as_ref()?.as_ref().ok()
    }

    pub(super) fn error(&self) -> Option<&Error> {
        self.seen.end.as_ref()?.as_ref().err()
    }

    pub(super) fn timeout(&self) -> Duration {
        self.errand.options.timeout.unwrap_or(self.world.settings.timeout)
    }

    /// Whether the deadline passed before the end.
    pub(super) fn is_late(&self) -> bool {
        self.seen.elapsed + TICK >= self.timeout()
    }

    pub(super) fn reads_slowly(&self) -> bool {
        matches!(self.errand.reader, Reader::SlowStream(_))
    }

    pub(super) fn streams(&self) -> bool {
        self.errand.reader != Reader::Whole
    }

    pub(super) fn asks_two(&self) -> bool {
        matches!(self.errand.way, Way::Two { .. })
    }

    /// The attempts on candidates, with their calls.
    pub(super) fn attempts(&self) -> impl Iterator<Item = (&Attempt, &(Start, Call))> {
        let attempts = self.history().map_or(&[][..], |history| &history.attempts);
        attempts.iter().zip(&self.calls)
    }

    /// Whether a model was asked beside a slow one.
    pub(super) fn is_hedged(&self) -> bool {
        let overlaps = |pair: &[(Start, Call)]| pair[0].1.ended > Some(pair[1].1.started);
        self.world.settings.hedging && !self.asks_two() && self.calls.windows(2).any(overlaps)
    }

    /// Models that were called or left out with a reason.
    pub(super) fn is_accounted(&self, model: usize) -> bool {
        let left_out = self
            .history()
            .is_some_and(|history| history.excluded.iter().any(|left| place(&left.model) == model));
        left_out || self.calls.iter().any(|(start, _)| start.model == model)
    }

    /// Whether an attempt failed in a way that ends the request, or content reached the caller.
    pub(super) fn was_ended(&self) -> bool {
        let settings = &self.world.settings;
        let ends = |(attempt, (start, _)): (&Attempt, &(Start, Call))| {
            let AttemptOutcome::Failed(kind) = attempt.outcome else { return false };
            // Of two reactions to a kind the later one stands.
            let reactions = self.world.models[start.model].reactions.iter().rev();
            match reactions.clone().find(|(of, _)| of.kind() == kind) {
                Some((_, Reaction::Fail)) => return true,
                Some((_, Reaction::Fallback)) => return false,
                _ => {}
            }
            match settings.fault_table.policy(kind, attempt.status).map(|policy| policy.onward) {
                None | Some(Onward::End) => true,
                Some(Onward::IfRefusalsFallBack) => !settings.fallback_on_refusal,
                Some(_) => false,
            }
        };
        self.history().is_some_and(|history| history.partial) || self.attempts().any(ends)
    }
}

/// The request with everything that is known of it, for who looks for the fault.
impl fmt::Display for Case<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { world, errand, seen, began, calls, judge } = self;
        writeln!(formatter, "began at {began:?}, took {:?}", seen.elapsed)?;
        writeln!(
            formatter,
            "wanted: {:?} by {:?}, {:?}",
            errand.way, errand.reader, errand.options
        )?;
        writeln!(formatter, "its caller stays {:?}", errand.stays)?;
        let end = match &seen.end {
            None => "the caller left".to_owned(),
            Some(Ok(outcome)) => format!("{} answered {:?}", outcome.model(), outcome.text()),
            Some(Err(error)) => error.to_string(),
        };
        writeln!(formatter, "end: {end}; streamed {:?}", seen.said)?;
        writeln!(formatter, "calls of candidates, then of a judge:")?;
        for (start, call) in calls.iter().chain(judge) {
            let end = call.end.map_or_else(|| "runs".to_owned(), |end: CallEnd| format!("{end:?}"));
            writeln!(
                formatter,
                "  {:?} to {:?}: m{} {} ({:?}, {:?})",
                call.started, call.ended, start.model, end, start.state, start.mood
            )?;
        }
        if let Some(history) = self.history() {
            writeln!(formatter, "story: {}", story(&history.attempts))?;
            writeln!(formatter, "{history:#?}")?;
        }
        for model in &world.models {
            writeln!(formatter, "{model:?}")?;
        }
        let settings = &world.settings;
        writeln!(
            formatter,
            "timeout {:?}, retry_attempts {}, wait_inline {:?}, {:?}, {:?}, fallback_on_refusal {}, \
             hedging {}",
            settings.timeout,
            settings.retry_attempts,
            settings.wait_inline,
            settings.commit,
            settings.when_all_unavailable,
            settings.fallback_on_refusal,
            settings.hedging
        )
    }
}
