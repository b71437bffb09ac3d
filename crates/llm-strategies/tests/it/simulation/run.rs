//! One world from its first request to its last, and after it.

use std::{sync::Arc, time::Duration};

use fastrand::Rng;
use futures_util::{StreamExt, future::join_all};
use llm_core::{ChatRequest, Error, ErrorKind, Provider, Retry, StreamEvent};
use llm_strategies::{CallOptions, Engine, Fallback, Observer, Reactions, Target};
use tokio::time::{Instant, sleep, timeout};

use super::{
    budget,
    case::{Case, Seen},
    generator::{Errand, REQUESTS, Reader, World, pick},
    invariants::{Verdict, check, ensure},
    tally::Tally,
    upstream::Upstream,
};
use crate::support::*;

/// Longer than any rest.
const ALL_RESTS: f64 = 700.0;

/// A world that runs.
struct Life {
    world: World,
    upstream: Arc<Upstream>,
    engine: Engine,
    born: Instant,
}

/// Lives the world of a seed; what is wrong is told with everything known of it.
pub(super) async fn live(seed: u64) -> Result<Tally, String> {
    let life = Life::of(World::of(seed));
    let lived = life.live().await;
    // The engine holds its upstream, which watches the engine.
    life.upstream.watch(None);
    lived
}

impl Life {
    fn of(world: World) -> Self {
        let upstream = Arc::new(Upstream::of(&world));
        let mut settings = world.settings.clone();
        let ear = Arc::clone(&upstream);
        settings.observer = Some(Observer::new(move |model, observation| {
            ear.observed(model, observation);
        }));
        let targets = world.models.iter().map(|model| target_of(model, &upstream)).collect();
        let engine = Engine::new(settings, targets);
        upstream.watch(Some(engine.clone()));
        Self { world, upstream, engine, born: Instant::now() }
    }

    async fn live(&self) -> Result<Tally, String> {
        let mut random = Rng::with_seed(self.world.seed ^ 0xca11);
        let mut tally = Tally::default();
        let mut number = 0;
        while number < REQUESTS {
            let (crowd, spread, gap) = self.rhythm(&mut random);
            let numbers = number..(number + crowd).min(REQUESTS);
            number = numbers.end;
            let errands: Vec<_> =
                numbers.map(|number| self.world.errand(&mut random, number, spread)).collect();
            for done in join_all(errands.iter().map(|errand| self.serve(errand))).await {
                tally += done?;
            }
            self.at_rest()?;
            let hedges = tally.hedges();
            ensure!(
                hedges * 20 <= tally.requests,
                "{hedges} hedges of {} requests",
                tally.requests
            );
            sleep(seconds(gap)).await;
        }
        budget::check(&self.world, &self.upstream.calls_from(0))?;
        tally.end_of_world(self.upstream.count(), self.born.elapsed());
        self.afterlife().await?;
        Ok(tally)
    }

    /// How many come together, within how many seconds, and how long it is quiet after them.
    fn rhythm(&self, random: &mut Rng) -> (u32, f64, f64) {
        if self.world.stormy {
            return (40, 10.0, random.f64() * 5.0);
        }
        let crowd = if random.u8(0..3) == 0 { random.u32(2..20) } else { 1 };
        let spread = pick(random, &[0.0, 1.0, 10.0, 60.0]);
        let gap = pick(random, &[0.0, 0.1, 1.0, 5.0, 30.0, 600.0, 3_600.0]) * random.f64();
        (crowd, spread, gap)
    }

    /// Serves one caller, and checks how it was done.
    async fn serve(&self, errand: &Errand) -> Result<Tally, String> {
        sleep(errand.begins).await;
        self.upstream.look();
        let (first, began) = (self.upstream.count(), self.born.elapsed());
        let seen = self.ask(errand).await;
        self.upstream.look();
        let own = self.upstream.calls_from(first).into_iter();
        let own = own.filter(|(start, _)| start.request == errand.number);
        let (judge, calls) = own.partition(|(start, _)| start.judge);
        let case = Case { world: &self.world, errand, seen, began, calls, judge };
        let told = |what| format!("request {}: {what}\n{case}", errand.number);
        check(&case).map_err(told)?;
        Ok(Tally::of(&case))
    }

    async fn ask(&self, errand: &Errand) -> Seen {
        let started = Instant::now();
        let mut seen = Seen {
            end: None,
            said: String::new(),
            n_contents: 0,
            finished: false,
            n_late: 0,
            elapsed: Duration::ZERO,
        };
        let stays = errand.stays.unwrap_or(Duration::from_secs(1_000_000));
        // Cancelled where the caller leaves; whoever stays is answered.
        let _left = timeout(stays, self.answer(errand, &mut seen)).await;
        seen.elapsed = started.elapsed();
        seen
    }

    async fn answer(&self, errand: &Errand, seen: &mut Seen) {
        let strategy = self.world.strategy(errand);
        let request = errand.request.clone();
        if errand.reader == Reader::Whole {
            let asked = self.engine.generate(&*strategy, request, &errand.options).await;
            seen.end = Some(asked);
            return;
        }
        let mut stream = self.engine.stream(strategy, request, errand.options.clone());
        while let Some(event) = stream.next().await {
            seen.n_late += usize::from(seen.end.is_some());
            match event {
                Ok(event) => {
                    seen.n_contents += usize::from(event.is_content());
                    seen.finished |= matches!(event, StreamEvent::Finish { .. });
                    if let StreamEvent::Text(text) = event {
                        seen.said.push_str(&text);
                    }
                }
                Err(error) => seen.end = Some(Err(error)),
            }
            if let Reader::SlowStream(pause) = errand.reader {
                sleep(pause).await;
            }
        }
        if let Some(outcome) = stream.into_outcome() {
            seen.n_late += usize::from(seen.end.is_some());
            seen.end = Some(Ok(outcome));
        }
    }

    /// I1 and I2 between crowds, when nobody asks anything: nothing runs, and the fake's log, the
    /// observer and the statistics have the same calls, model by model.
    fn at_rest(&self) -> Verdict {
        let running = self.upstream.running();
        ensure!(running == 0, "I2: {running} calls run for nobody");
        let mut called = vec![0; self.world.models.len()];
        self.upstream.watched(|watch| {
            for start in &watch.starts {
                called[start.model] += 1;
            }
            ensure!(
                watch.observed == called,
                "I1: observed {:?}, called {called:?}",
                watch.observed
            );
            Ok(())
        })?;
        for (standing, called) in self.engine.standings().iter().zip(called) {
            let known = standing.statistics.success_count + standing.statistics.error_count;
            ensure!(known == called, "I1: {} counts {known} of {called}", standing.model);
        }
        Ok(())
    }

    /// I2 when everybody is well again: each model that can answer does, at once, so no probe is
    /// left behind; and each can be waited for, so no place of one who waits is.
    async fn afterlife(&self) -> Verdict {
        sleep(seconds(ALL_RESTS)).await;
        self.upstream.heal();
        let able: Vec<_> = (0..self.world.models.len())
            .filter(|place| self.world.models[*place].has_key)
            .collect();
        for place in &able {
            self.expect_answer(*place, 1).await?;
        }
        let settings = &self.world.settings;
        let pause = seconds(0.4);
        let chain = self.world.chain(&CallOptions::default());
        let others = chain.iter().filter(|place| able.contains(place)).count();
        if settings.retry_attempts == 0 || settings.wait_inline < pause || others < 2 {
            return Ok(());
        }
        for place in able {
            let throttled = Error::new(ErrorKind::RateLimited, "simulated").with_status(429);
            self.upstream.refuse(place, throttled.with_retry(Retry::After(pause)));
            self.expect_answer(place, 2).await?;
        }
        self.at_rest()
    }

    /// Asks for one model, which must answer with its n-th call.
    async fn expect_answer(&self, place: usize, n_calls: usize) -> Verdict {
        let named = options(|o| o.model = Some(model(&self.world.models[place].name)));
        let request = ChatRequest::from(format!("<q{REQUESTS}> Speak."));
        let asked = self.engine.generate(&Fallback, request, &named).await;
        let told = asked.as_ref().map_or_else(ToString::to_string, |outcome| {
            format!("{} by {}", story(outcome.attempts()), outcome.model())
        });
        let answered = asked.is_ok_and(|outcome| {
            super::upstream::place(outcome.model()) == place && outcome.attempts().len() == n_calls
        });
        ensure!(answered, "I2: m{place} was well and did not answer with call {n_calls}: {told}");
        Ok(())
    }
}

fn target_of(spec: &super::generator::Model, upstream: &Arc<Upstream>) -> Target {
    let name = model(&spec.name);
    let provider = Arc::clone(upstream) as Arc<dyn Provider>;
    let mut target = if spec.has_key {
        Target::new(name, provider, spec.role)
    } else {
        Target::excluded(name, llm_core::ExclusionReason::MissingKey(None), spec.role)
    };
    target.credential = spec.key.into();
    target.price = spec.price;
    target.capabilities.context_window = spec.window;
    target.capabilities.tools = spec.tools;
    target.capabilities.json_object = spec.json;
    target.timeouts = spec.timeouts;
    target.upstream_stream = spec.upstream_stream;
    let reactions = spec.reactions.iter();
    target.reactions = reactions.fold(Reactions::default(), |reactions, (failure, reaction)| {
        reactions.with(*failure, *reaction)
    });
    target
}
