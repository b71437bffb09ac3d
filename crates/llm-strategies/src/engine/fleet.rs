//! The models of an engine, to which more can be added while it works.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use llm_core::{ModelRef, Timestamp};

use super::{credential::Credential, member::Member, target::Target};

/// Models at most. Callers may name models nobody configured: their number must have an end.
const CAPACITY: usize = 2_000;

/// The models of an engine, in chain order.
#[derive(Debug, Default)]
pub(crate) struct Fleet(RwLock<State>);

#[derive(Debug, Default)]
struct State {
    /// Replaced as a whole, so that a request keeps the list it began with.
    members: Arc<Vec<Arc<Member>>>,
    /// However many names callers use, finding one costs the same.
    by_name: HashMap<ModelRef, Arc<Member>>,
    credentials: HashMap<Arc<str>, Arc<Credential>>,
}

impl Fleet {
    pub(crate) fn new(targets: Vec<Target>, now: Timestamp) -> Self {
        let mut state = State::default();
        let members = targets.into_iter().map(|target| state.member(target, now)).collect();
        state.members = Arc::new(members);
        Self(RwLock::new(state))
    }

    /// The models at this moment.
    pub(crate) fn members(&self) -> Arc<Vec<Arc<Member>>> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner).members)
    }

    /// The member of this name.
    pub(crate) fn find(&self, model: &ModelRef) -> Option<Arc<Member>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).by_name.get(model).cloned()
    }

    /// Adds a model at the end of the chain, unless it is there; `false` if there are too many.
    pub(crate) fn admit(&self, target: Target, now: Timestamp) -> bool {
        let mut state = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let known = state.by_name.contains_key(&target.model);
        let has_room = state.members.len() < CAPACITY;
        if !known && has_room {
            let mut members = (*state.members).clone();
            members.push(state.member(target, now));
            state.members = Arc::new(members);
        }
        known || has_room
    }
}

impl State {
    fn member(&mut self, target: Target, now: Timestamp) -> Arc<Member> {
        let credential = self
            .credentials
            .entry(Arc::clone(&target.credential))
            .or_insert_with(|| Arc::new(Credential::new(now)));
        let member = Arc::new(Member::new(target, Arc::clone(credential)));
        self.by_name.entry(member.target.model.clone()).or_insert_with(|| Arc::clone(&member));
        member
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
            let member = fleet.find(&ModelRef::new("mock", name)).unwrap();
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
