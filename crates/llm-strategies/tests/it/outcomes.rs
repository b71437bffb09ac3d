//! Any sequence of outcomes: what one request never exceeds.

use std::time::Duration;

use llm_core::ErrorKind;
use llm_testkit::fakes::Step;
use proptest::prelude::*;
use tokio::runtime::Builder;

use crate::support::*;

const MODELS: [&str; 3] = ["a", "b", "c"];
/// No pause before another try of the same model is longer, unless the provider asks for it.
const LONGEST_PAUSE: Duration = Duration::from_secs(8);

fn step() -> impl Strategy<Value = Step> {
    let kind = || prop::sample::select(ErrorKind::ALL.to_vec());
    let pause = || (0.0..3.0_f64).prop_map(seconds);
    prop_oneof![
        4 => (kind(), pause()).prop_map(|(kind, pause)| Step::error(kind).after(pause)),
        1 => (0.0..30.0_f64).prop_map(|hint| asks_to_wait(ErrorKind::RateLimited, hint)),
        1 => pause().prop_map(|pause| Step::text(["half"]).gap(pause).then_cut()),
        1 => Just(Step::hang()),
        1 => pause().prop_map(|pause| Step::answer("fine").after(pause)),
    ]
}

proptest! {
    #[test]
    fn f01_no_sequence_of_outcomes_passes_a_limit(
        scripts in prop::collection::vec(prop::collection::vec(step(), 1..8), MODELS.len()),
        allowed in 0_u32..7,
        deadline in 1_u64..90,
        seed: u64,
    ) {
        let runtime = Builder::new_current_thread().enable_time().start_paused(true).build()?;
        runtime.block_on(async {
            let provider = scripted([]);
            for (name, steps) in MODELS.into_iter().zip(scripts) {
                provider.script(name, steps);
            }
            let deadline = Duration::from_secs(deadline);
            let settings = settings(|s| {
                (s.retry_attempts, s.timeout, s.seed) = (allowed, deadline, seed);
            });
            let chain = MODELS.map(|name| (name, Primary));
            let engine = engine_with(settings, &provider, &chain);
            let history = match ask(&engine).await {
                Ok(outcome) => outcome.history,
                Err(error) => error.history().unwrap().clone(),
            };

            let attempts = &history.attempts;
            prop_assert_eq!(attempts.len(), provider.calls().len());
            prop_assert!(attempts.len() <= MODELS.len() + 4, "{}", story(attempts));
            prop_assert!(history.elapsed <= deadline + Duration::from_millis(2));
            for name in MODELS {
                let tries = attempts.iter().filter(|attempt| attempt.model == name).count();
                prop_assert!(tries <= 1 + allowed as usize, "{}", story(attempts));
            }
            for pair in attempts.windows(2) {
                let pause = pair[1].started.saturating_sub(pair[0].started + pair[0].elapsed);
                let kind = pair[0].outcome.error().unwrap();
                let asked_for = matches!(kind, ErrorKind::RateLimited | ErrorKind::InFlightBudget);
                let same = pair[0].model == pair[1].model;
                prop_assert!(!same || asked_for || pause <= LONGEST_PAUSE, "{}", story(attempts));
            }
            Ok(())
        })?;
    }
}
