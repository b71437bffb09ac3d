//! Whatever the providers do and whenever callers leave: what must always hold.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::{StreamExt, future::join_all};
use llm_core::{Attempt, ErrorKind, History, Result, StreamEvent};
use llm_strategies::{
    BestOfTwo, CallOptions, Commit, Engine, Fallback, LlmEvaluator, Observer, Single,
};
use llm_testkit::fakes::Step;
use tokio::time::{sleep, timeout};

use crate::support::*;

const CHAIN: [(&str, llm_core::ModelRole); 5] =
    [("p", Primary), ("q", Primary), ("d", Duplicate), ("r", Reserve), ("f", LAST_RESORT)];
const CALLERS: u32 = 600;

/// What a provider may do, by chance.
fn anything(random: &mut fastrand::Rng) -> Step {
    let pause = seconds(random.f64());
    match random.u8(0..12) {
        0 => Step::error(random.choice(ErrorKind::ALL).copied().unwrap()).after(pause),
        1 => Step::error(ErrorKind::Overloaded),
        2 => asks_to_wait(ErrorKind::RateLimited, random.f64() * 5.0),
        3 => Step::text(["half"]).gap(pause).then_cut(),
        4 => Step::text(["half"]).gap(pause).then_hang(),
        5 => Step::text(["half"]).then_error(ErrorKind::UpstreamMidError),
        6 => Step::hang(),
        7 => Step::keep_alive_every(seconds(0.5)),
        8 => Step::answer("[[A>>B]]").after(pause),
        _ => Step::text(["a", "b", "c"]).gap(pause),
    }
}

fn check_story(history: &History, deadline: Duration) {
    let candidates: Vec<&Attempt> = history.attempts.iter().collect();
    assert!(candidates.len() <= CHAIN.len() + 4, "I4: {candidates:#?}");
    assert!(history.elapsed <= deadline + seconds(0.01), "I5: {:?}", history.elapsed);
    for attempt in candidates {
        let end = attempt.started + attempt.elapsed;
        assert!(end <= history.elapsed + seconds(0.01), "{attempt:#?}");
    }
}

async fn run_it(seed: u64, commit: Commit) {
    let mut random = fastrand::Rng::with_seed(seed);
    let provider = scripted([]);
    for (name, _) in CHAIN {
        let mut steps = random.fork();
        let steps = std::iter::repeat_with(|| anything(&mut steps));
        provider.script(name, steps.take(3_000).collect::<Vec<_>>());
    }
    let learned = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&learned);
    let observer = Observer::new(move |_, _| {
        counter.fetch_add(1, Ordering::Relaxed);
    });
    let settings = settings(|s| {
        (s.commit, s.seed, s.observer) = (commit, seed, Some(observer));
        s.timeout = seconds(30.0);
    });
    let targets = CHAIN.iter().zip(0..).map(|((name, role), number)| {
        let mut target = target(&provider, name, *role);
        target.upstream_stream = number % 2 == 0;
        target
    });
    let engine = Engine::new(settings, targets.collect());
    let callers = (0..CALLERS).map(|number| {
        let (begin, stay) = (seconds(random.f64() * 60.0), seconds(random.f64() * 60.0));
        let engine = engine.clone();
        async move {
            sleep(begin).await;
            let _left = timeout(stay, call(&engine, number)).await;
        }
    });
    join_all(callers).await;
    assert_eq!(provider.running(), 0, "I2, seed {seed}");
    assert_eq!(learned.load(Ordering::Relaxed), provider.calls().len(), "I1, seed {seed}");

    sleep(seconds(700.0)).await;
    provider.script("p", [Step::answer("fine")]);
    let outcome = ask(&engine).await.unwrap();
    assert_eq!(*outcome.model(), "p", "no probe was left behind, seed {seed}");
}

async fn call(engine: &Engine, number: u32) {
    let strategy: Arc<dyn llm_core::Strategy> = match number % 3 {
        0 => Arc::new(Fallback),
        1 => Arc::new(Single::fastest()),
        _ => Arc::new(BestOfTwo::new(Arc::new(LlmEvaluator::new(number.into())))),
    };
    let limit = seconds(30.0);
    if number.is_multiple_of(2) {
        let asked = engine.generate(&*strategy, "Hi".into(), &CallOptions::default()).await;
        match asked {
            Ok(outcome) => check_story(&outcome.history, limit),
            Err(error) => check_story(error.history().unwrap(), limit),
        }
        return;
    }
    let mut stream = engine.stream(strategy, "Hi".into(), CallOptions::default());
    let mut said = String::new();
    let mut end: Result<()> = Ok(());
    while let Some(event) = stream.next().await {
        assert!(end.is_ok(), "nothing comes after an error");
        match event {
            Ok(StreamEvent::Text(text)) => said.push_str(&text),
            Ok(_) => {}
            Err(error) => end = Err(error),
        }
    }
    if let Err(error) = end {
        let history = error.history().unwrap();
        assert_eq!(history.partial, !said.is_empty());
        check_story(history, limit);
    } else {
        let outcome = stream.outcome().unwrap();
        assert_eq!(said, outcome.text(), "one model speaks, and wholly");
        check_story(&outcome.history, limit);
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_lost_doubled_or_left_behind() {
    let window = Commit::Window { tokens: 2, time: seconds(1.5) };
    for (seed, commit) in [Commit::FirstToken, window, Commit::Complete].into_iter().enumerate() {
        for round in 0..4 {
            run_it(seed as u64 * 100 + round, commit).await;
        }
    }
}
