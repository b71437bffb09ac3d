//! What happened in the simulated worlds, counted: a simulation in which nothing happens proves
//! nothing.

use std::{collections::BTreeMap, fmt, ops::AddAssign, time::Duration};

use llm_core::AttemptOutcome;

use super::{case::Case, watch::State};

/// What happened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) requests: usize,
    calls: usize,
    time: Duration,
    events: BTreeMap<&'static str, usize>,
    /// Tells one course of events from another.
    trace: u64,
}

/// Everything that must happen somewhere.
pub(super) const EVENTS: [&str; 15] = [
    "answered",
    "failed",
    "left by their caller",
    "late",
    "retried",
    "hedged",
    "judged",
    "undecided",
    "streamed",
    "broken after content",
    "with a resting model called",
    "with a probe",
    "without a call",
    "left out for another reason than rest",
    "held by a slow reader",
];

impl Tally {
    /// What happened to one request.
    pub(super) fn of(case: &Case<'_>) -> Self {
        use llm_core::{ExclusionReason as Reason, JudgementStatus as Status};

        let history = case.history();
        let judgement = history.and_then(|history| history.judgement.as_ref());
        let status = judgement.map(|judgement| judgement.status);
        let rests = |reason: &Reason| {
            matches!(reason, Reason::CoolingDown { .. } | Reason::CredentialParked { .. })
        };
        let left_out = history.map_or(&[][..], |history| &history.excluded);
        let in_state = |state| case.calls.iter().any(|(start, _)| start.state == state);
        let mut models: Vec<_> = case.calls.iter().map(|(start, _)| start.model).collect();
        models.sort_unstable();
        models.dedup();
        let happened = [
            case.outcome().is_some(),
            case.error().is_some(),
            case.seen.end.is_none(),
            case.is_late() && case.error().is_some(),
            models.len() < case.calls.len(),
            case.is_hedged(),
            !case.judge.is_empty() && status == Some(Status::Decided),
            status == Some(Status::Undecided),
            case.streams() && case.outcome().is_some(),
            history.is_some_and(|history| history.partial),
            in_state(State::Resting),
            in_state(State::Probe),
            case.calls.is_empty(),
            left_out.iter().any(|left| !rests(&left.reason)),
            case.reads_slowly() && case.outcome().is_some(),
        ];
        let events = EVENTS.into_iter().zip(happened).filter(|(_, happened)| *happened);
        let mut tally = Self { requests: 1, ..Self::default() };
        tally.events = events.map(|(event, _)| (event, 1)).collect();
        for (start, call) in case.calls.iter().chain(&case.judge) {
            tally.mix(u64::try_from(start.model).unwrap());
            tally.mix(u64::try_from(call.started.as_micros()).unwrap());
            tally.mix(u64::try_from(call.elapsed().unwrap_or_default().as_micros()).unwrap());
        }
        for (attempt, _) in case.attempts() {
            tally.mix(u64::from(attempt.outcome == AttemptOutcome::Ok));
        }
        tally
    }

    pub(super) fn hedges(&self) -> usize {
        self.events.get("hedged").copied().unwrap_or_default()
    }

    /// Takes in what a whole world took.
    pub(super) fn end_of_world(&mut self, calls: usize, time: Duration) {
        self.calls += calls;
        self.time += time;
    }

    /// What never happened, but must.
    pub(super) fn missing(&self) -> Vec<&'static str> {
        EVENTS.into_iter().filter(|event| !self.events.contains_key(event)).collect()
    }

    fn mix(&mut self, value: u64) {
        self.trace = (self.trace ^ value).wrapping_mul(0x0100_0000_01b3).rotate_left(17);
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.requests += other.requests;
        self.calls += other.calls;
        self.time += other.time;
        for (event, count) in other.events {
            *self.events.entry(event).or_default() += count;
        }
        self.mix(other.trace);
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hours = self.time.as_secs() / 3_600;
        write!(
            formatter,
            "{} requests, {} calls, {hours} virtual hours:",
            self.requests, self.calls
        )?;
        self.events.iter().try_for_each(|(event, count)| write!(formatter, " {count} {event},"))
    }
}
