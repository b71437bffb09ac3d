//! What all connections of one simulator share.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use fastrand::Rng;

use super::{
    config::SimulatorConfig,
    draw,
    log::CallLog,
    model_script::ModelScript,
    reply::Reply,
    wire::{self, Wire},
};

#[derive(Debug)]
pub(super) struct State {
    pub(super) config: SimulatorConfig,
    pub(super) log: CallLog,
    models: Mutex<BTreeMap<String, Arc<Model>>>,
    generations: AtomicU64,
}

/// A model and how often it was called.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) script: ModelScript,
    calls: AtomicU64,
}

impl State {
    pub(super) fn new(mut config: SimulatorConfig) -> Self {
        let models = std::mem::take(&mut config.models);
        let state = Self {
            config,
            log: CallLog::new(),
            models: Mutex::default(),
            generations: AtomicU64::new(0),
        };
        for model in models {
            state.set_model(model);
        }
        state
    }

    pub(super) fn set_model(&self, script: ModelScript) {
        let id = script.id.clone();
        self.lock().insert(id, Arc::new(Model { script, calls: AtomicU64::new(0) }));
    }

    pub(super) fn model(&self, id: &str) -> Option<Arc<Model>> {
        self.lock().get(id).cloned()
    }

    pub(super) fn models(&self) -> Vec<Arc<Model>> {
        self.lock().values().cloned().collect()
    }

    /// The next number of a generation.
    pub(super) fn generation(&self) -> u64 {
        self.generations.fetch_add(1, Ordering::Relaxed)
    }

    pub(super) fn wire(&self) -> &'static dyn Wire {
        wire::of(self.config.dialect)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Model>>> {
        self.models.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Model {
    /// What the next call does, and the randomness it draws the rest from.
    pub(super) fn next_reply(&self, seed: u64) -> (Reply, Rng) {
        let number = self.calls.fetch_add(1, Ordering::Relaxed);
        let mut random = draw::random(seed, &self.script.id, number);
        let scripted = usize::try_from(number).ok().and_then(|n| self.script.replies.get(n));
        let strikes = |(probability, _): &&(f64, Reply)| random.f64() < *probability;
        let drawn = || self.script.sometimes.iter().find(strikes).map(|(_, reply)| reply);
        let reply = scripted.or_else(drawn).unwrap_or(&self.script.otherwise).clone();
        (reply, random)
    }
}
