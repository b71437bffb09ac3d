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
