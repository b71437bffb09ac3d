//! Lanes and jobs: the calls of one model, in order.
//!
//! All lanes draw from one pool of places, first come first served, and a lane goes to the end of
//! the queue after each call: the models take turns, so that a bad minute hits all alike.

use fastrand::Rng;
use llm_core::ChatRequest;

use super::prompt;
use crate::{
    options::{Profile, RunOptions},
    report::Purpose,
    target::TestTarget,
};

/// One call to be made.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) purpose: Purpose,
    pub(crate) streamed: bool,
    pub(crate) request: ChatRequest,
}

impl Job {
    /// Tokens of the prompt, by a generous estimate.
    pub(crate) fn input_tokens(&self) -> u64 {
        u64::try_from(self.request.text_length()).unwrap_or(u64::MAX).div_ceil(3).saturating_add(8)
    }

    /// Tokens of the answer, at most.
    pub(crate) fn output_tokens(&self) -> u64 {
        self.request.sampling.max_tokens.map_or(0, u64::from)
    }
}

/// One model and its calls.
#[derive(Clone, Debug)]
pub(crate) struct Lane {
    pub(crate) target: TestTarget,
    pub(crate) jobs: Vec<Job>,
}

/// The lanes of `targets`, in the order of the chain.
pub(crate) fn lanes(targets: Vec<TestTarget>, options: &RunOptions, seed: u64) -> Vec<Lane> {
    let mut nonces = prompt::Nonces::new(seed);
    let lane = |target: TestTarget| {
        let purposes =
            if target.provider.is_ok() { purposes(&target, options) } else { Vec::new() };
        let jobs = purposes.into_iter().map(|purpose| Job {
            purpose,
            streamed: is_streamed(purpose, &target),
            request: prompt::request(purpose, &target, options, &nonces.next()),
        });
        let jobs = jobs.collect();
        Lane { target, jobs }
    };
    targets.into_iter().map(lane).collect()
}

/// The order in which lanes take their turns.
pub(crate) fn turns(n_lanes: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..n_lanes).collect();
    Rng::with_seed(seed).shuffle(&mut order);
    order
}

fn purposes(target: &TestTarget, options: &RunOptions) -> Vec<Purpose> {
    let chats = std::iter::repeat_n(Purpose::Chat, options.repeats().try_into().unwrap_or(1));
    let mut purposes = Vec::new();
    if options.profile == Profile::Smoke {
        purposes.extend(chats);
        return purposes;
    }
    let facts = &target.capabilities;
    purposes.push(Purpose::WarmUp);
    purposes.extend(chats);
    if !target.stream && facts.streaming != Some(false) {
        purposes.push(Purpose::Stream);
    }
    if facts.json_object != Some(false) || facts.json_schema == Some(true) {
        purposes.push(Purpose::Json);
    }
    if facts.tools != Some(false) {
        purposes.push(Purpose::Tools);
    }
    purposes
}

/// Chat calls go the way requests go. A warm-up and the checks ask for a whole answer, so that
/// both ways are travelled.
fn is_streamed(purpose: Purpose, target: &TestTarget) -> bool {
    match purpose {
        Purpose::Stream => true,
        Purpose::Chat => target.stream && target.capabilities.streaming != Some(false),
        Purpose::WarmUp | Purpose::Json | Purpose::Tools => false,
    }
}
