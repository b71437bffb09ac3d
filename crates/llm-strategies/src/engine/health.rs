//! Whether a model may be called: closed, cooling, half-open.
//!
//! A pure state machine: no clock, no randomness of its own.

use std::{collections::VecDeque, time::Duration};

use llm_core::Timestamp;

use super::policy::HealthClass;

/// The first rest.
const FIRST_REST: Duration = Duration::from_secs(5);
/// The longest rest after a failure that showed at once.
const REST_CAP: Duration = Duration::from_secs(20);
/// The longest rest after a failure that took a user's patience to see.
const SLOW_REST_CAP: Duration = Duration::from_secs(120);
/// The longest rest after throttling without a hint.
const THROTTLED_REST_CAP: Duration = Duration::from_secs(60);
/// The longest rest a provider's hint can ask for.
const HINT_CAP: Duration = Duration::from_secs(300);
/// The rest of a model its provider does not serve.
const PARKING: Duration = Duration::from_secs(600);
/// Closed for this long, a model's earlier rests are forgotten.
const FORGIVEN_AFTER: Duration = Duration::from_secs(60);
/// Results count for this long.
const WINDOW: Duration = Duration::from_secs(60);
/// Results needed before their ratio counts.
const WINDOW_MINIMUM: usize = 10;
/// Results kept at most; more do not change a ratio that matters.
const WINDOW_CAPACITY: usize = 1_000;
/// Soft failures in a row that let a model rest.
const SOFT_IN_A_ROW: u32 = 3;

/// The health of one model.
#[derive(Debug, Default)]
pub(crate) struct Health {
    /// Resting until then; past it, half-open. `None` is closed.
    rests_until: Option<Timestamp>,
    /// The probe in flight, by the ticket's number.
    probe: Option<u64>,
    /// Rests since the model was last forgiven.
    rests: u32,
    closed_since: Timestamp,
    results: VecDeque<(Timestamp, bool)>,
    soft_in_a_row: u32,
    /// Counts openings, so that a late result of an earlier time is not taken for the probe's.
    tickets: u64,
}

/// Whether a call may go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    /// It may.
    Open,
    /// It may, as the one probe.
    Probe,
    /// It may not, for this long.
    Resting(Duration),
}

/// Names one call, so that its result is told from another's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ticket {
    number: u64,
    /// Whether the call is a probe: it is not retried.
    pub(crate) probe: bool,
}

/// How a call ended, as far as health is concerned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Ending {
    /// With an answer.
    Success,
    /// With a failure of this class. `hint` is the pause the provider asks for, `jitter` a random
    /// number from 0 to 1.
    Failure { class: HealthClass, hint: Option<Duration>, jitter: f64 },
    /// Without a result.
    Cancelled,
}

impl Health {
    /// Whether a call may go out now.
    pub(crate) fn admission(&self, now: Timestamp) -> Admission {
        match self.rests_until {
            None => Admission::Open,
            Some(until) if now < until => Admission::Resting(until.since(now)),
            Some(_) if self.probe.is_some() => Admission::Resting(Duration::ZERO),
            Some(_) => Admission::Probe,
        }
    }

    /// Registers a call. Also possible while resting, when nobody else can serve.
    pub(crate) fn begin(&mut self, now: Timestamp) -> Ticket {
        self.tickets += 1;
        let number = self.tickets;
        let probe = self.admission(now) == Admission::Probe;
        if probe {
            self.probe = Some(number);
        }
        Ticket { number, probe: probe || self.rests_until.is_some() }
    }

    /// Takes in how a call ended.
    pub(crate) fn settle(&mut self, ticket: Ticket, ending: Ending, now: Timestamp) {
        let was_probe = self.probe == Some(ticket.number);
        if was_probe {
            self.probe = None;
        }
        match ending {
            Ending::Cancelled => {}
            Ending::Success => {
                self.remember(true, now);
                self.soft_in_a_row = 0;
                // Also a call that went out although the model was resting: it proves the same.
                if self.rests_until.is_some() && ticket.probe {
                    self.rests_until = None;
                    self.closed_since = now;
                }
            }
            Ending::Failure { class, hint, jitter } => {
                self.fail(class, hint, jitter, was_probe, now);
            }
        }
    }

    fn fail(
        &mut self,
        class: HealthClass,
        hint: Option<Duration>,
        jitter: f64,
        was_probe: bool,
        now: Timestamp,
    ) {
        let class = self.soften(class, now);
        match class {
            HealthClass::Unaffected
            | HealthClass::CredentialRejected
            | HealthClass::QuotaExhausted => return,
            HealthClass::Parked => return self.rest(PARKING, now),
            HealthClass::Throttled => {}
            HealthClass::Hard | HealthClass::HardSlow | HealthClass::Soft => {
                self.remember(false, now);
                self.soft_in_a_row += 1;
            }
        }
        let closed = self.rests_until.is_none();
        // A call that began before the model was put to rest, or that went out for want of another
        // one, tells nothing new; only the pause the provider asks for does.
        if !closed && !was_probe {
            if let Some(hint) = hint.filter(|_| class == HealthClass::Throttled) {
                self.rest(hint.min(HINT_CAP), now);
            }
            return;
        }
        if class == HealthClass::Soft && closed && !self.is_failing(now) {
            // A provider that asks for a pause gets it, however healthy the model looks.
            if let Some(hint) = hint {
                self.rest(hint.min(HINT_CAP), now);
            }
            return;
        }
        let cap = match class {
            HealthClass::HardSlow => SLOW_REST_CAP,
            HealthClass::Throttled => THROTTLED_REST_CAP,
            _ => REST_CAP,
        };
        if closed && now.since(self.closed_since) >= FORGIVEN_AFTER {
            self.rests = 0;
        }
        let doubled = FIRST_REST.saturating_mul(1 << self.rests.min(16));
        self.rests += 1;
        self.soft_in_a_row = 0;
        // The cap comes after the jitter: no rest is longer than promised.
        let own = if class == HealthClass::Throttled {
            doubled.min(cap)
        } else {
            doubled.mul_f64(0.8 + 0.4 * jitter.clamp(0.0, 1.0)).min(cap)
        };
        let rest = match hint.map(|hint| hint.min(HINT_CAP)) {
            // Whoever says "in a second" again and again is asked less and less often.
            Some(hint) if was_probe => hint.max(own),
            Some(hint) => hint,
            None => own,
        };
        self.rest(rest, now);
    }

    /// A hard failure of a model that otherwise works is a soft one.
    fn soften(&self, class: HealthClass, now: Timestamp) -> HealthClass {
        let hard = matches!(class, HealthClass::Hard | HealthClass::HardSlow);
        let (successes, all) = self.recent(now);
        if hard && self.rests_until.is_none() && all >= WINDOW_MINIMUM && successes * 10 >= all * 9
        {
            HealthClass::Soft
        } else {
            class
        }
    }

    fn is_failing(&self, now: Timestamp) -> bool {
        let (successes, all) = self.recent(now);
        self.soft_in_a_row >= SOFT_IN_A_ROW || (all >= WINDOW_MINIMUM && successes * 2 < all)
    }

    /// Rests at least this long; a rest that ends later stands.
    fn rest(&mut self, duration: Duration, now: Timestamp) {
        let until = now.plus(duration);
        self.rests_until = Some(self.rests_until.map_or(until, |earlier| earlier.max(until)));
    }

    fn remember(&mut self, success: bool, now: Timestamp) {
        while self.results.len() >= WINDOW_CAPACITY
            || self.results.front().is_some_and(|(at, _)| now.since(*at) >= WINDOW)
        {
            self.results.pop_front();
        }
        self.results.push_back((now, success));
    }

    /// Successes and results of the last minute.
    fn recent(&self, now: Timestamp) -> (usize, usize) {
        let recent = self.results.iter().filter(|(at, _)| now.since(*at) < WINDOW);
        recent.fold((0, 0), |(successes, all), (_, success)| {
            (successes + usize::from(*success), all + 1)
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(millis: u64) -> Timestamp {
        Timestamp::from_unix(Duration::from_millis(millis))
    }

    const CLASSES: [HealthClass; 8] = [
        HealthClass::Unaffected,
        HealthClass::Hard,
        HealthClass::HardSlow,
        HealthClass::Soft,
        HealthClass::Throttled,
        HealthClass::Parked,
        HealthClass::CredentialRejected,
        HealthClass::QuotaExhausted,
    ];

    /// A call that goes out and ends.
    #[derive(Clone, Debug)]
    struct Call {
        begins_after: u64,
        lasts: u64,
        ending: Ending,
    }

    fn calls() -> impl Strategy<Value = Vec<Call>> {
        let failure = (0..CLASSES.len(), prop::option::of(0_u64..400_000), 0.0..=1.0_f64).prop_map(
            |(class, hint, jitter)| Ending::Failure {
                class: CLASSES[class],
                hint: hint.map(Duration::from_millis),
                jitter,
            },
        );
        let ending = prop_oneof![Just(Ending::Success), Just(Ending::Cancelled), failure];
        let call = (0_u64..20_000, 0_u64..30_000, ending)
            .prop_map(|(begins_after, lasts, ending)| Call { begins_after, lasts, ending });
        prop::collection::vec(call, 1..80)
    }

    proptest! {
        #[test]
        fn one_probe_at_a_time_and_no_rest_without_an_end(calls in calls()) {
            let mut health = Health::default();
            let mut running: Vec<(u64, Ticket, Ending)> = Vec::new();
            let mut now = 0;
            for call in calls {
                now += call.begins_after;
                running.sort_by_key(|(end, ..)| *end);
                while running.first().is_some_and(|(end, ..)| *end <= now) {
                    let (end, ticket, ending) = running.remove(0);
                    health.settle(ticket, ending, at(end));
                }
                match health.admission(at(now)) {
                    Admission::Resting(rest) => prop_assert!(rest <= PARKING),
                    admission => {
                        let ticket = health.begin(at(now));
                        prop_assert_eq!(ticket.probe, admission == Admission::Probe);
                        if ticket.probe {
                            let second = health.admission(at(now));
                            prop_assert_eq!(second, Admission::Resting(Duration::ZERO));
                        }
                        running.push((now + call.lasts, ticket, call.ending));
                    }
                }
            }
            for (end, ticket, ending) in running {
                health.settle(ticket, ending, at(end));
            }
            let much_later = at(now + 10_000_000);
            prop_assert!(!matches!(health.admission(much_later), Admission::Resting(_)));
        }

        #[test]
        fn rests_of_its_own_stay_within_their_caps_in_any_order(calls in calls()) {
            let mut health = Health::default();
            let mut now = at(0);
            let mut cap = REST_CAP;
            for call in calls {
                now = now.plus(Duration::from_millis(call.begins_after));
                let ending = match call.ending {
                    Ending::Failure { class: HealthClass::Parked, .. } => Ending::Cancelled,
                    Ending::Failure { class, jitter, .. } => {
                        cap = cap.max(match class {
                            HealthClass::HardSlow => SLOW_REST_CAP,
                            HealthClass::Throttled => THROTTLED_REST_CAP,
                            _ => REST_CAP,
                        });
                        Ending::Failure { class, hint: None, jitter }
                    }
                    ending => ending,
                };
                let ticket = health.begin(now);
                health.settle(ticket, ending, now);
                if let Admission::Resting(rest) = health.admission(now) {
                    prop_assert!(rest <= cap, "{rest:?} is longer than {cap:?}");
                }
            }
        }

        #[test]
        fn a_success_of_the_probe_always_closes(calls in calls()) {
            let mut health = Health::default();
            for (second, call) in (0_u64..).zip(calls) {
                let now = at(second * 700_000);
                let ticket = health.begin(now);
                health.settle(ticket, call.ending, now);
            }
            let now = at(100 * 700_000);
            let ticket = health.begin(now);
            health.settle(ticket, Ending::Success, now);
            prop_assert_eq!(health.admission(now), Admission::Open);
        }

        #[test]
        fn no_rest_of_its_own_is_longer_than_promised(failures in 1_usize..40, jitter in 0.0..=1.0_f64) {
            for (class, cap) in [
                (HealthClass::Hard, REST_CAP),
                (HealthClass::HardSlow, SLOW_REST_CAP),
                (HealthClass::Throttled, THROTTLED_REST_CAP),
            ] {
                let (mut health, mut now) = (Health::default(), at(0));
                for _ in 0..failures {
                    let ticket = health.begin(now);
                    health.settle(ticket, Ending::Failure { class, hint: None, jitter }, now);
                    let Admission::Resting(rest) = health.admission(now) else {
                        return Err(TestCaseError::fail("it does not rest"));
                    };
                    prop_assert!(rest >= Duration::from_secs(4) && rest <= cap);
                    now = now.plus(rest);
                }
            }
        }
    }

    #[test]
    fn g03_nine_results_are_too_few_for_a_ratio() {
        let mut health = Health::default();
        let soft = Ending::Failure { class: HealthClass::Soft, hint: None, jitter: 0.5 };
        let endings = [soft, soft, Ending::Success, soft, soft, Ending::Success, soft, soft];
        for ending in endings {
            let ticket = health.begin(at(0));
            health.settle(ticket, ending, at(0));
        }
        assert_eq!(health.admission(at(0)), Admission::Open);
    }

    #[test]
    fn g09_old_results_do_not_count() {
        let mut health = Health::default();
        let soft = Ending::Failure { class: HealthClass::Soft, hint: None, jitter: 0.5 };
        for second in 0..30 {
            let ending = if second % 3 == 2 { Ending::Success } else { soft };
            let ticket = health.begin(at(second * 61_000));
            health.settle(ticket, ending, at(second * 61_000));
        }
        assert_eq!(health.admission(at(30 * 61_000)), Admission::Open);
    }
}
