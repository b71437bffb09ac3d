//! The upstream of a world: scripted models with moods, and somebody who watches what the engine
//! does with them.

use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use fastrand::Rng;
use futures_util::{StreamExt, stream};
use llm_core::{
    ChatRequest, ChatResponse, Error, ErrorKind, Message, ModelId, ModelInfo, ModelRef,
    Observation, Part, Provider, ProviderId, ResponseStream, Result, Timestamp, Usage,
};
use llm_strategies::Engine;
use llm_testkit::fakes::{Call, ScriptedProvider};
use tokio::time::{Instant, sleep};

use super::{
    generator::World,
    moods::{Act, Afterwards, Mood},
    watch::{State, Watch},
};
use crate::support::*;

/// The upstream of a world.
#[derive(Debug)]
pub(super) struct Upstream {
    inner: ScriptedProvider,
    desk: Mutex<Desk>,
}

#[derive(Debug)]
struct Desk {
    random: Rng,
    moods: Vec<(Mood, Instant)>,
    trouble: f64,
    patience: f64,
    stormy: bool,
    healed: bool,
    /// The model whose next call is refused with this, whatever its mood.
    refuses: Option<(usize, Error)>,
    engine: Option<Engine>,
    watch: Watch,
}

/// A call as the upstream saw it begin.
#[derive(Clone, Debug)]
pub(super) struct Start {
    /// The number of the request it belongs to.
    pub(super) request: u32,
    pub(super) model: usize,
    pub(super) judge: bool,
    pub(super) at: Timestamp,
    /// What the engine knew of the model.
    pub(super) state: State,
    /// What it will say, read to its end.
    pub(super) text: String,
    pub(super) usage: Option<Usage>,
    pub(super) mood: Mood,
    /// The other models that could be called when it began.
    pub(super) others: Vec<usize>,
    /// The same when it ended.
    pub(super) others_at_end: Vec<usize>,
}

impl Upstream {
    pub(super) fn of(world: &World) -> Self {
        let provider = ScriptedProvider::new("mock");
        let random = Rng::with_seed(world.seed ^ 0x5eed);
        let moods = world.models.iter().map(|_| (Mood::Healthy, Instant::now())).collect();
        let desk = Desk {
            random,
            moods,
            trouble: world.trouble,
            patience: world.patience,
            stormy: world.stormy,
            healed: false,
            refuses: None,
            engine: None,
            watch: Watch::of(world.models.len()),
        };
        Self { inner: provider, desk: Mutex::new(desk) }
    }

    /// Watches what `engine` knows; `None` lets it go.
    pub(super) fn watch(&self, engine: Option<Engine>) {
        self.desk().engine = engine;
    }

    /// From now on every model is healthy.
    pub(super) fn heal(&self) {
        self.desk().healed = true;
    }

    /// Refuses the next call of a model.
    pub(super) fn refuse(&self, model: usize, error: Error) {
        self.desk().refuses = Some((model, error));
    }

    /// Takes in what the engine tells its observer.
    pub(super) fn observed(&self, model: &ModelRef, observation: &Observation) {
        let mut desk = self.desk();
        desk.look();
        desk.watch.observed(place(&model.model), observation);
    }

    /// Looks at what the engine knows of the models.
    pub(super) fn look(&self) {
        self.desk().look();
    }

    /// Calls so far.
    pub(super) fn count(&self) -> usize {
        self.desk().watch.starts.len()
    }

    pub(super) fn running(&self) -> usize {
        self.inner.running()
    }

    /// The calls from the `first` on, as they began and as the fake's own log has them.
    pub(super) fn calls_from(&self, first: usize) -> Vec<(Start, Call)> {
        let calls = self.inner.calls_from(first);
        let desk = self.desk();
        let starts = desk.watch.starts[first..].iter().cloned();
        let seen = starts.zip(calls).map(|(mut start, call)| {
            let end = start.at.plus(call.elapsed().unwrap_or_default());
            let others = desk.watch.callable.get(&(start.model, end));
            start.others_at_end = others.cloned().unwrap_or_default();
            (start, call)
        });
        seen.collect()
    }

    /// Looks at what was watched.
    pub(super) fn watched<T>(&self, look: impl FnOnce(&Watch) -> T) -> T {
        look(&self.desk().watch)
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Decides what becomes of the call that begins now.
    fn begin(&self, model: &ModelId, request: &ChatRequest) -> Act {
        let mut desk = self.desk();
        let place = place(model);
        let probe = desk.watch.probe(place).and_then(|number| self.inner.call(number));
        let probe_runs = probe.is_some_and(|call| call.end.is_none());
        // A call may have ended upstream before its reader has come to the end.
        let settled = desk.watch.unobserved() == self.inner.running();
        desk.begin(place, request, settled.then_some(probe_runs))
    }
}

impl Desk {
    fn look(&mut self) {
        if let Some(engine) = &self.engine {
            self.watch.look(&engine.standings());
        }
    }

    fn begin(&mut self, place: usize, request: &ChatRequest, probe_runs: Option<bool>) -> Act {
        self.look();
        let number = self.watch.starts.len();
        let (asked_by, judge) = who_asks(request);
        let tag = format!("<q{asked_by} m{place} c{number}>");
        let mood = self.mood(place);
        let act = match self.refuses.take_if(|(model, _)| *model == place) {
            Some((_, error)) => Act::refusal(error),
            None if judge && self.random.u8(0..4) > 0 => self.verdict(&tag),
            None if self.healed => Act::answer(tag),
            None => mood.act(&tag, request, &mut self.random),
        };
        let at = self.engine.as_ref().map(Engine::now).unwrap_or_default();
        // Another try of the same stay asks nobody whether it may.
        let again = !judge && self.watch.asks_again(asked_by, place);
        let state = self.watch.state(place, probe_runs.filter(|_| !again));
        self.watch.begin(Start {
            request: asked_by,
            model: place,
            judge,
            at,
            state,
            text: act.text.clone(),
            usage: act.usage.clone(),
            mood,
            others: self.watch.others_than(place),
            others_at_end: Vec::new(),
        });
        act
    }

    fn mood(&mut self, place: usize) -> Mood {
        if self.healed {
            return Mood::Healthy;
        }
        let now = Instant::now();
        if self.moods[place].1 <= now {
            let mood = Mood::any(&mut self.random, self.trouble, self.stormy);
            let lasts = seconds(self.random.f64() * 2.0 * self.patience);
            self.moods[place] = (mood, now + lasts);
        }
        self.moods[place].0
    }

    fn verdict(&mut self, tag: &str) -> Act {
        let verdicts = ["[[A>>B]]", "[[A>B]]", "[[A=B]]", "[[B>A]]", "[[B>>A]]"];
        Act::answer(format!("{tag} {}", self.random.choice(verdicts).unwrap()))
    }
}

#[async_trait]
impl Provider for Upstream {
    fn id(&self) -> &ProviderId {
        self.inner.id()
    }

    async fn chat(&self, model: &ModelId, request: ChatRequest) -> Result<ChatResponse> {
        let Act { step, afterwards, .. } = self.begin(model, &request);
        // A whole answer is there when nothing follows any more.
        let step = match afterwards {
            Afterwards::Silence(time) => step.after(time),
            Afterwards::Nothing | Afterwards::Error => step,
        };
        self.inner.script(model.clone(), [step]);
        self.inner.chat(model, request).await
    }

    async fn stream(&self, model: &ModelId, request: ChatRequest) -> Result<ResponseStream> {
        let Act { step, afterwards, .. } = self.begin(model, &request);
        self.inner.script(model.clone(), [step]);
        let events = self.inner.stream(model, request).await?;
        let end = stream::once(async move {
            match afterwards {
                Afterwards::Nothing => None,
                Afterwards::Silence(time) => {
                    sleep(time).await;
                    None
                }
                Afterwards::Error => Some(Err(Error::new(ErrorKind::StreamCut, "simulated"))),
            }
        });
        Ok(events.chain(end.filter_map(async |event| event)).boxed())
    }

    async fn models(&self) -> Result<Vec<ModelInfo>> {
        self.inner.models().await
    }
}

/// The place of a model in its world, by its name.
pub(super) fn place(model: &ModelId) -> usize {
    model.as_str().trim_start_matches('m').parse().unwrap()
}

/// The number of the request a call belongs to, and whether it asks a judge.
fn who_asks(request: &ChatRequest) -> (u32, bool) {
    let texts = request.messages.iter().flat_map(Message::content).filter_map(Part::as_text);
    for (position, text) in texts.enumerate() {
        if let Some(start) = text.find("<q") {
            let digits = text[start + 2..].split(['>', ' ']).next().unwrap();
            return (digits.parse().unwrap(), position > 0);
        }
    }
    panic!("a call without a number: {request:?}");
}
