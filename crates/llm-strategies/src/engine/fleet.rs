//! The models of an engine, to which more can be added while it works.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock, RwLockWriteGuard},
};

use llm_core::{Capabilities, ModelRef, Price, Timestamp};

use super::{credential::Credential, member::Member, target::Target};

/// Models at most. Callers may name models nobody configured: their number must have an end.
const CAPACITY: usize = 2_000;

/// The models of an engine, in chain order.
#[derive(Debug, Default)]
pub(crate) struct Fleet(RwLock<State>);

/// The models at one moment. Replaced as a whole, so that a request keeps what it began with.
#[derive(Clone, Debug, Default)]
pub(crate) struct Roster {
    members: Vec<Arc<Member>>,
    /// However many names callers use, finding one costs the same: the place of each.
    places: HashMap<ModelRef, usize>,
}

#[derive(Debug, Default)]
struct State {
    roster: Arc<Roster>,
    credentials: HashMap<Arc<str>, Arc<Credential>>,
}

impl Fleet {
    pub(crate) fn new(targets: Vec<Target>, now: Timestamp) -> Self {
        let mut state = State::default();
        let mut roster = Roster::default();
        for target in targets {
            roster.push(state.member(target, now));
        }
        state.roster = Arc::new(roster);
        Self(RwLock::new(state))
    }

    /// The models at this moment.
    pub(crate) fn roster(&self) -> Arc<Roster> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner).roster)
    }

    /// Adds a model at the end of the chain, unless it is there; `false` if there are too many.
    pub(crate) fn admit(&self, target: Target, now: Timestamp) -> bool {
        let mut state = self.state();
        let known = state.roster.places.contains_key(&target.model);
        let has_room = state.roster.members.len() < CAPACITY;
        if !known && has_room {
            let mut roster = (*state.roster).clone();
            roster.push(state.member(target, now));
            state.roster = Arc::new(roster);
        }
        known || has_room
    }

    /// Replaces what is known about models; those that are not there are passed over.
    pub(crate) fn learn(
        &self,
        facts: impl IntoIterator<Item = (ModelRef, Capabilities, Option<Price>)>,
    ) {
        // Whoever makes the facts may ask what is known, which the lock would keep from an answer.
        let facts: Vec<_> = facts.into_iter().collect();
        let mut state = self.state();
        let mut roster = (*state.roster).clone();
        for (model, capabilities, price) in facts {
            let place = roster.places.get(&model);
            if let Some(member) = place.and_then(|place| roster.members.get_mut(*place)) {
                *member = Arc::new(member.with_facts(capabilities, price));
            }
        }
        state.roster = Arc::new(roster);
    }

    fn state(&self) -> RwLockWriteGuard<'_, State> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Roster {
    /// Every model, in chain order.
    pub(crate) fn members(&self) -> &[Arc<Member>] {
        &self.members
    }

    /// The member of this name.
    pub(crate) fn find(&self, model: &ModelRef) -> Option<Arc<Member>> {
        self.members.get(*self.places.get(model)?).cloned()
    }

    fn push(&mut self, member: Arc<Member>) {
        let place = self.members.len();
        self.places.entry(member.target.model.clone()).or_insert(place);
        self.members.push(member);
    }
}

impl State {
    fn member(&mut self, target: Target, now: Timestamp) -> Arc<Member> {
        let credential = self
            .credentials
            .entry(Arc::clone(&target.credential))
            .or_insert_with(|| Arc::new(Credential::new(now)));
        Arc::new(Member::new(target, Arc::clone(credential)))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use llm_core::ExclusionReason;
    use proptest::prelude::*;

    use super::*;
    use crate::engine::policy::HealthClass;

    /// What happens to a key.
    #[derive(Clone, Copy, Debug)]
    enum Event {
        Earned,
        Spent(u32),
        Failed(HealthClass, Option<Duration>),
        Accepted,
    }

    fn events() -> impl Strategy<Value = Vec<(bool, u64, Event)>> {
        let class = prop::sample::select(vec![
            HealthClass::CredentialRejected,
            HealthClass::QuotaExhausted,
            HealthClass::Hard,
        ]);
        let hint = prop::option::of((0_u64..1_000).prop_map(Duration::from_secs));
        let event = prop_oneof![
            Just(Event::Earned),
            (0_u32..3).prop_map(Event::Spent),
            (class, hint).prop_map(|(class, hint)| Event::Failed(class, hint)),
            Just(Event::Accepted),
        ];
        prop::collection::vec((any::<bool>(), 0_u64..20_000, event), 1..200)
    }

    /// What the key `mine` allows after each of its events, where all or only its own happen.
    fn seen(events: &[(bool, u64, Event)], all: bool) -> Vec<(bool, Duration)> {
        let target = |name: &str| {
            let model = ModelRef::new("mock", name);
            let mut target = Target::excluded(model, ExclusionReason::Disabled, None);
            target.credential = name.into();
            target
        };
        let start = Timestamp::default();
        let fleet = Fleet::new(vec![target("mine"), target("other")], start);
        let mut millis = 0;
        let mut seen = Vec::new();
        for (is_mine, gap, event) in events {
            millis += gap;
            if !is_mine && !all {
                continue;
            }
            let now = start.plus(Duration::from_millis(millis));
            let name = if *is_mine { "mine" } else { "other" };
            let member = fleet.roster().find(&ModelRef::new("mock", name)).unwrap();
            let key = &member.credential;
            let allowed = match *event {
                Event::Earned => {
                    key.earn_retries(now);
                    true
                }
                Event::Spent(cost) => key.spend_retry(cost, now),
                Event::Failed(class, hint) => {
                    key.failed(class, hint, now);
                    true
                }
                Event::Accepted => {
                    key.accepted(false, now);
                    true
                }
            };
            if *is_mine {
                seen.push((allowed, key.resting(false, now)));
            }
        }
        seen
    }

    proptest! {
        #[test]
        fn f07_what_happens_to_a_key_changes_nothing_for_another(events in events()) {
            prop_assert_eq!(seen(&events, true), seen(&events, false));
        }
    }
}
