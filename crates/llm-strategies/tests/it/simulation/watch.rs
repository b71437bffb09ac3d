//! What is known of the engine from outside: who rests, who is being probed, what it observed.

use std::collections::{HashMap, HashSet};

use llm_core::{ExclusionReason, Observation, Timestamp};
use llm_strategies::Standing;

use super::upstream::{Start, place};

/// Everything seen of one world.
#[derive(Debug)]
pub(super) struct Watch {
    /// Every call, in the order they began.
    pub(super) starts: Vec<Start>,
    /// What the observer was told, by model.
    pub(super) observed: Vec<u64>,
    /// Which models could be called when an attempt on one ended, by the model and the moment.
    pub(super) callable: HashMap<(usize, Timestamp), Vec<usize>>,
    models: Vec<Seen>,
    /// Which requests have asked which models.
    asked: HashSet<(u32, usize)>,
}

/// What is known of one model.
#[derive(Debug, Default)]
struct Seen {
    now: Option<Rest>,
    /// It rested, and nothing has shown since that it is well.
    unwell: bool,
    /// The call that was its last probe.
    probe: Option<usize>,
    /// Calls that began while it was unwell, or may have been.
    doubtful: Vec<Timestamp>,
}

/// Why a model is not to be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rest {
    Cooling,
    /// Its rest is over, and its probe runs.
    Probed,
    KeyParked,
}

/// What was known of a model when a call of it began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Well,
    /// The call is the one that shows whether it is well.
    Probe,
    /// It rested, or another call was its probe.
    Resting,
    /// One of the two before.
    Unsure,
}

impl Watch {
    pub(super) fn of(n_models: usize) -> Self {
        let models = (0..n_models).map(|_| Seen::default()).collect();
        let callable = HashMap::new();
        let asked = HashSet::new();
        Self { starts: Vec::new(), observed: vec![0; n_models], callable, models, asked }
    }

    /// Takes in what the engine says of its models.
    pub(super) fn look(&mut self, standings: &[Standing]) {
        for standing in standings {
            let seen = &mut self.models[place(&standing.model.model)];
            seen.now = match standing.obstacle {
                Some(ExclusionReason::CoolingDown { remaining }) if remaining.is_zero() => {
                    Some(Rest::Probed)
                }
                Some(ExclusionReason::CoolingDown { .. }) => Some(Rest::Cooling),
                Some(ExclusionReason::CredentialParked { .. }) => Some(Rest::KeyParked),
                _ => None,
            };
            seen.unwell |= matches!(seen.now, Some(Rest::Cooling | Rest::Probed));
        }
    }

    /// The number of the model's last probe.
    pub(super) fn probe(&self, model: usize) -> Option<usize> {
        self.models[model].probe
    }

    /// Calls of whose end the observer has not been told.
    pub(super) fn unobserved(&self) -> usize {
        self.starts.len() - usize::try_from(self.observed.iter().sum::<u64>()).unwrap()
    }

    /// Takes in that a request asks a candidate; whether it did so before.
    pub(super) fn asks_again(&mut self, request: u32, model: usize) -> bool {
        !self.asked.insert((request, model))
    }

    /// What is known of a model of which a call begins. `probe_runs` is `None` where that cannot
    /// be told from outside.
    pub(super) fn state(&self, model: usize, probe_runs: Option<bool>) -> State {
        let seen = &self.models[model];
        match (seen.now, probe_runs) {
            (Some(Rest::Cooling | Rest::KeyParked), _) => State::Resting,
            _ if !seen.unwell => State::Well,
            (_, Some(true)) => State::Resting,
            (_, Some(false)) => State::Probe,
            (_, None) => State::Unsure,
        }
    }

    pub(super) fn begin(&mut self, start: Start) {
        let number = self.starts.len();
        let seen = &mut self.models[start.model];
        if start.state == State::Probe {
            seen.probe = Some(number);
        }
        if start.state != State::Well {
            seen.doubtful.push(start.at);
        }
        self.starts.push(start);
    }

    /// Takes in what the engine observed. An answer to a call that began while the model was
    /// unwell shows that it is well.
    pub(super) fn observed(&mut self, model: usize, observation: &Observation) {
        self.observed[model] += 1;
        if let Observation::Success { at, elapsed, .. } = *observation {
            let seen = &mut self.models[model];
            let took = |began: &Timestamp| at.since(*began);
            let exact = seen.doubtful.iter().position(|began| took(began) == elapsed);
            // A slow reader and what lingers behind an answer are not in the time it took.
            let longer = || seen.doubtful.iter().rposition(|began| took(began) > elapsed);
            if let Some(call) = exact.or_else(longer) {
                seen.doubtful.remove(call);
                seen.unwell = false;
            }
        }
        let callable = self.others_than(model);
        self.callable.insert((model, observation.at()), callable);
    }

    /// The other models that may be called now.
    pub(super) fn others_than(&self, model: usize) -> Vec<usize> {
        let callable = |place: &usize| *place != model && self.models[*place].now.is_none();
        (0..self.models.len()).filter(callable).collect()
    }
}
