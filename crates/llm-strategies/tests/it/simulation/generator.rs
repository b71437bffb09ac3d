//! From a seed to a world: its models, its settings, and what its callers want.

use std::{sync::Arc, time::Duration};

use fastrand::Rng;
use llm_core::{ChatRequest, ModelRole, Price, ResponseFormat, Strategy, Timestamp, Tool};
use llm_strategies::{
    BestOfTwo, CallOptions, Commit, EngineSettings, Fallback, LlmEvaluator, Reaction, Single,
    SoftFailure, Timeouts, WhenAllUnavailable,
};
use serde_json::json;

use crate::support::*;

/// Requests of one world.
pub(super) const REQUESTS: u32 = 400;

/// What one seed makes: everything but the course of events.
#[derive(Debug)]
pub(super) struct World {
    pub(super) seed: u64,
    pub(super) models: Vec<Model>,
    pub(super) settings: EngineSettings,
    /// How likely a model is in a bad mood, 0 to 1.
    pub(super) trouble: f64,
    /// Seconds a mood lasts, on average.
    pub(super) patience: f64,
    /// Whether callers come in crowds while everything fails.
    pub(super) stormy: bool,
}

/// A model of the world.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) name: String,
    pub(super) role: Option<ModelRole>,
    pub(super) key: &'static str,
    pub(super) has_key: bool,
    pub(super) price: Option<Price>,
    pub(super) window: Option<u64>,
    pub(super) tools: Option<bool>,
    pub(super) json: Option<bool>,
    pub(super) timeouts: Timeouts,
    pub(super) upstream_stream: bool,
    pub(super) reactions: Vec<(SoftFailure, Reaction)>,
}

/// One request: what is wanted, how, and by what kind of caller.
#[derive(Debug)]
pub(super) struct Errand {
    pub(super) number: u32,
    pub(super) request: ChatRequest,
    pub(super) way: Way,
    pub(super) options: CallOptions,
    /// When it comes, after its crowd began to.
    pub(super) begins: Duration,
    /// How long the caller stays; `None` is to the end.
    pub(super) stays: Option<Duration>,
    pub(super) reader: Reader,
}

/// How the answer is read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Reader {
    Whole,
    Stream,
    /// Takes this long over every event.
    SlowStream(Duration),
}

/// The strategy, with models by their place in the world.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Way {
    Fastest,
    StartingWith(Option<usize>),
    Chain,
    Two { models: Vec<usize>, judge: Option<usize> },
}

impl World {
    pub(super) fn of(seed: u64) -> Self {
        let mut random = Rng::with_seed(seed);
        let stormy = random.u8(0..6) == 0;
        let hedging = random.u8(0..3) == 0;
        let n_models = random.usize(if stormy { 4..=8 } else { 1..=8 });
        let mut models: Vec<_> = (0..n_models).map(|_| Model::any(&mut random, hedging)).collect();
        // Targets stand in chain order, those without a role last.
        models.sort_by_key(|model| model.role.map_or(usize::MAX, |role| role as usize));
        for (place, model) in models.iter_mut().enumerate() {
            model.name = format!("m{place}");
        }
        let settings = settings(|s| {
            s.timeout = seconds(pick(&mut random, &[1.0, 5.0, 15.0, 30.0, 60.0, 120.0]));
            s.retry_attempts = random.u32(if stormy { 1..=4 } else { 0..=4 });
            s.wait_inline = seconds(pick(&mut random, &[0.0, 0.5, 3.0, 10.0]));
            s.commit = match random.u8(0..4) {
                0 => Commit::Complete,
                1 => {
                    Commit::Window { tokens: random.u32(1..=4), time: seconds(random.f64() * 2.0) }
                }
                _ => Commit::FirstToken,
            };
            if random.u8(0..3) == 0 {
                s.when_all_unavailable = WhenAllUnavailable::Fail;
            }
            s.fallback_on_refusal = random.bool();
            s.hedging = hedging;
            s.seed = seed;
            s.now = Timestamp::from_unix(Duration::from_secs(random.u64(0..2_000_000_000)));
        });
        let trouble = if stormy { 0.97 } else { random.f64() * if hedging { 0.3 } else { 0.9 } };
        let patience = pick(&mut random, &[5.0, 60.0, 600.0]);
        Self { seed, models, settings, trouble, patience, stormy }
    }

    /// What the next caller wants.
    pub(super) fn errand(&self, random: &mut Rng, number: u32, spread: f64) -> Errand {
        let any = |random: &mut Rng| random.usize(0..self.models.len());
        let way = match random.u8(0..10) {
            0..3 => Way::Chain,
            3..6 => Way::Fastest,
            6 => Way::StartingWith(random.bool().then(|| any(random))),
            _ => Way::Two {
                models: (0..pick(random, &[0, 0, 0, 2, 3])).map(|_| any(random)).collect(),
                judge: random.bool().then(|| any(random)),
            },
        };
        let options = options(|o| {
            o.timeout = (random.u8(0..10) == 0).then(|| seconds(0.2 + random.f64() * 40.0));
            o.model = (random.u8(0..8) == 0).then(|| model(&self.models[any(random)].name));
            o.fallback = random.u8(0..10) > 0;
            o.use_fastest = random.u8(0..5) > 0;
        });
        let reader = match random.u8(0..20) {
            0 => Reader::SlowStream(seconds(random.f64() * 4.0)),
            1..10 => Reader::Stream,
            _ => Reader::Whole,
        };
        let stays = random.u8(0..6) == 0;
        Errand {
            number,
            request: wish(random, number),
            way,
            options,
            begins: seconds(random.f64() * spread),
            stays: stays.then(|| seconds(0.05 * 400_f64.powf(random.f64()))),
            reader,
        }
    }

    /// The strategy as the engine knows it.
    pub(super) fn strategy(&self, errand: &Errand) -> Arc<dyn Strategy> {
        let named = |place: &usize| model(&self.models[*place].name);
        match &errand.way {
            Way::Chain => Arc::new(Fallback),
            Way::Fastest => Arc::new(Single::fastest()),
            Way::StartingWith(first) => Arc::new(Single::starting_with(first.as_ref().map(named))),
            Way::Two { models, judge } => {
                let evaluator = Arc::new(LlmEvaluator::new(errand.number.into()));
                let two = BestOfTwo::new(evaluator).with_models(models.iter().map(named).collect());
                let judge = judge.as_ref().map(named);
                Arc::new(if let Some(judge) = judge { two.with_judge(judge) } else { two })
            }
        }
    }

    /// The places of the models that a request may ask, in the order of its chain. Models without
    /// a role that only a strategy names are not among them.
    pub(super) fn chain(&self, options: &CallOptions) -> Vec<usize> {
        let is_named = |place: &usize| {
            options.model.as_ref().is_some_and(|named| named.model == *self.models[*place].name)
        };
        let places = 0..self.models.len();
        let with_role: Vec<_> =
            places.clone().filter(|place| self.models[*place].role.is_some()).collect();
        let others = with_role.iter().copied().filter(|place| !is_named(place));
        let alone = usize::from(options.model.is_none());
        let limit = if options.fallback { usize::MAX } else { alone };
        places.filter(is_named).chain(others.take(limit)).collect()
    }
}

impl Model {
    fn any(random: &mut Rng, streams: bool) -> Self {
        let roles = [Some(Primary), Some(Primary), Some(Duplicate), Some(Reserve)];
        let roles = [&roles[..], &[Some(LAST_RESORT), None]].concat();
        let mut timeouts = Timeouts::default();
        if random.bool() {
            timeouts.first_token = seconds(1.0 + random.f64() * 30.0);
            timeouts.idle = seconds(1.0 + random.f64() * 30.0);
            timeouts.progress = seconds(2.0 + random.f64() * 90.0);
        }
        let soft = [
            SoftFailure::EmptyContent,
            SoftFailure::InvalidJson,
            SoftFailure::InvalidToolArguments,
            SoftFailure::StreamCut,
            SoftFailure::RunawayStream,
        ];
        let reactions = [Reaction::Retry, Reaction::Fallback, Reaction::Fail, Reaction::Accept];
        let n_reactions = random.usize(0..=2);
        Self {
            name: String::new(),
            role: pick(random, &roles),
            key: pick(random, &["one", "one", "one", "two", "three"]),
            has_key: random.u8(0..20) > 0,
            price: pick(random, &[None, Some(price(0)), Some(price(3)), Some(Price::default())]),
            window: pick(random, &[None, None, None, Some(100), Some(1_000)]),
            tools: pick(random, &[None, Some(true), Some(false)]),
            json: pick(random, &[None, Some(true), Some(false)]),
            timeouts,
            upstream_stream: streams || random.u8(0..3) > 0,
            reactions: (0..n_reactions)
                .map(|_| (pick(random, &soft), pick(random, &reactions)))
                .collect(),
        }
    }
}

/// A prompt that carries its number, sometimes long, sometimes with more than a prompt.
fn wish(random: &mut Rng, number: u32) -> ChatRequest {
    let padding = "please ".repeat(pick(random, &[0, 0, 0, 0, 100, 1_000]));
    let request = ChatRequest::from(format!("<q{number}> Speak. {padding}"));
    match random.u8(0..12) {
        0 => request.with_response_format(ResponseFormat::JsonObject),
        1 => {
            let mut tool = Tool::new("look", json!({"type": "object"}));
            tool.description = Some("looks".to_owned());
            request.with_tools([tool])
        }
        2 => request.with_max_tokens(random.u32(1..200)),
        _ => request,
    }
}

pub(super) fn pick<T: Clone>(random: &mut Rng, from: &[T]) -> T {
    from[random.usize(0..from.len())].clone()
}
