//! Worlds made from seeds: whatever providers do and whenever callers leave, what must hold holds
//! after every request.
//!
//! | file | concern |
//! |---|---|
//! | `generator` | from a seed to models, settings and requests |
//! | `moods`, `upstream` | what the models do, and the fake that does it |
//! | `watch` | what the engine shows while it works |
//! | `run` | the life of one world |
//! | `case`, `invariants`, `budget` | what holds of a request, and of a key |
//! | `tally` | what happened |
//!
//! A seed that fails is printed; `LLM_SIMULATION_SEED` lives it again.

#![expect(clippy::panic, clippy::print_stderr, reason = "a rule that is broken is told loudly")]

mod budget;
mod case;
mod generator;
mod invariants;
mod moods;
mod run;
mod tally;
mod upstream;
mod watch;

use std::{
    sync::atomic::{AtomicU64, Ordering},
    thread,
};

use generator::REQUESTS;
use tally::Tally;

/// Worlds in one run of the test.
const WORLDS: u64 = 250;
/// Threads: each world has its own clock, and one does not see another.
const THREADS: usize = 2;

/// Lives the world of one seed with a clock of its own.
fn live(seed: u64) -> Tally {
    let _context = Replay(seed);
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = builder.enable_time().start_paused(true).build().unwrap();
    let lived = runtime.block_on(run::live(seed));
    lived.unwrap_or_else(|what| panic!("the world of seed {seed} broke a rule: {what}"))
}

/// Says how to live a world again, when the test fails in it.
struct Replay(u64);

impl Drop for Replay {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!(
                "replay: LLM_SIMULATION_SEED={} cargo test -p llm-strategies --test it simulation",
                self.0
            );
        }
    }
}

/// The seed to live again, if one is asked for.
#[expect(clippy::disallowed_methods, reason = "a test may be asked to look at one seed")]
fn asked_for() -> Option<u64> {
    std::env::var("LLM_SIMULATION_SEED").ok()?.parse().ok()
}

#[test]
fn i1_to_i5_hold_after_each_of_a_hundred_thousand_requests() {
    if let Some(seed) = asked_for() {
        println!("seed {seed}: {}", live(seed));
        return;
    }
    let seeds = AtomicU64::new(0);
    let work = || {
        let mut tally = Tally::default();
        loop {
            match seeds.fetch_add(1, Ordering::Relaxed) {
                seed if seed < WORLDS => tally += live(seed),
                _ => return tally,
            }
        }
    };
    let total = thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(work)).collect();
        let mut total = Tally::default();
        for thread in threads {
            total += thread.join().unwrap_or_else(|cause| std::panic::resume_unwind(cause));
        }
        total
    });
    println!("seeds 0 to {}: {total}", WORLDS - 1);
    assert_eq!(total.missing(), [""; 0], "what never happens is not tested");
    assert!(total.requests >= 100_000, "{} requests", total.requests);
    assert_eq!(total.requests, usize::try_from(WORLDS).unwrap() * REQUESTS as usize);
}

#[test]
fn a_seed_makes_the_same_world_every_time() {
    for seed in [3, 1_000_003] {
        assert_eq!(live(seed), live(seed));
    }
}
