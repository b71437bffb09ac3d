//! How fast a model is expected to be: pure functions over its statistics.
//!
//! The estimate lives in the domain of logarithms, so that a model five times slower is as far
//! away as one five times faster; it is normalised by the length of the answer, so that short
//! answers do not make a model look fast; and each step is clipped, so that one spike moves it
//! little. A failure never touches it: a fast failure must not look fast.

use std::time::Duration;

use llm_core::{
    ChatResponse, Forecast, LatencyEstimate, ModelStatistics, Observation, Odds, Part, Timestamp,
};

/// Seconds until the first token of the reference model.
const REFERENCE_START: f64 = 0.4;
/// Seconds a token of the reference model takes.
const REFERENCE_TOKEN: f64 = 0.022;
/// Tokens of an answer whose length nobody knows yet.
const TYPICAL_TOKENS: u32 = 200;
/// Fewer tokens show no pace.
const PACE_TOKENS: u32 = 10;
/// No model writes a token in fewer seconds: what comes faster was held back, and shows no pace.
const PACE_LIMIT: f64 = 0.000_5;
/// An estimate loses half its weight to a new sample in this time.
const HALF_LIFE: Duration = Duration::from_secs(60);
/// A new sample weighs at least this much.
const WEIGHT_MINIMUM: f64 = 0.2;
/// A sample this far below a stale estimate is believed: the model has recovered.
const SURPRISE: f64 = 0.7;
/// An estimate is stale for this purpose after that time.
const SURPRISE_AFTER: Duration = Duration::from_secs(15);
/// Successes and failures lose half their weight in this time.
const ODDS_HALF_LIFE: Duration = Duration::from_secs(120);
/// No model is `e` to this many times faster or slower than the reference model.
const RATIO_LIMIT: f64 = 12.0;
/// No model has more recent successes or failures.
const ODDS_LIMIT: f64 = 1e9;
/// Loaded estimates move halfway to the fleet's median in this time.
const SNAPSHOT_HALF_LIFE: Duration = Duration::from_secs(3600);

/// Takes an observation into a model's statistics.
///
/// Figures that cannot be true, as a damaged file may hold, are dropped first.
pub fn observe(statistics: &mut ModelStatistics, observation: &Observation) {
    mend(statistics);
    match *observation {
        Observation::Success { at, elapsed, first_token, output_tokens } => {
            statistics.success_count = statistics.success_count.saturating_add(1);
            statistics.last_response_time = Some(elapsed);
            learn(statistics, log_ratio(elapsed, first_token, output_tokens), at);
            fade(&mut statistics.odds, at).successes += 1.0;
        }
        Observation::Failure { at, blamed } => {
            statistics.error_count = statistics.error_count.saturating_add(1);
            fade(&mut statistics.odds, at).failures += f64::from(u8::from(blamed));
        }
        Observation::Straggled { at, elapsed, predicted } => {
            statistics.error_count = statistics.error_count.saturating_add(1);
            fade(&mut statistics.odds, at).failures += 1.0;
            // The call would have taken at least this long: a lower bound counts as a sample.
            if let Some(estimate) = statistics.latency {
                let excess = (elapsed.as_secs_f64() / predicted.as_secs_f64().max(0.001)).ln();
                let sample = (estimate.log_ratio + excess.max(0.0)).min(RATIO_LIMIT);
                learn(statistics, sample, at);
            }
        }
        // A kind of observation this version does not know teaches it nothing.
        _ => {}
    }
}

/// What to expect of a model for an answer of at most `max_tokens`; `None` before it was measured.
pub(crate) fn forecast(
    statistics: &ModelStatistics,
    max_tokens: Option<u32>,
    now: Timestamp,
) -> Option<Forecast> {
    let log_ratio = statistics.latency?.log_ratio;
    let latency = seconds_for(log_ratio, max_tokens);
    Some(Forecast { latency, score: log_ratio - odds(&statistics.odds, now).max(0.02).ln() })
}

/// How long an answer of at most `max_tokens` should take; of a model that was never measured no
/// more can be expected than of the reference model.
pub(crate) fn expected(statistics: &ModelStatistics, max_tokens: Option<u32>) -> Duration {
    let log_ratio = statistics.latency.map_or(0.0, |estimate| estimate.log_ratio);
    seconds_for(log_ratio, max_tokens)
}

fn seconds_for(log_ratio: f64, max_tokens: Option<u32>) -> Duration {
    let tokens = max_tokens.map_or(TYPICAL_TOKENS, |limit| limit.min(TYPICAL_TOKENS));
    let seconds = log_ratio.exp() * reference_seconds(u64::from(tokens));
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
}

/// How likely a call succeeds, 0 to 1.
pub(crate) fn odds(odds: &Odds, now: Timestamp) -> f64 {
    let mut faded = *odds;
    fade(&mut faded, now);
    (faded.successes + 1.9) / (faded.successes + faded.failures + 2.0)
}

/// Whether `sample` showed that a model thought slow is fast again: worth one more look.
pub(crate) fn is_fast_surprise(estimate: &LatencyEstimate, sample: f64, at: Timestamp) -> bool {
    sample < estimate.log_ratio - SURPRISE && at.since(estimate.updated) >= SURPRISE_AFTER
}

/// The logarithm of the time an answer takes over the reference model's.
///
/// Where the answer came as a stream that shows a pace, the time is that of an answer of typical
/// length: what a model starts and what it adds with each token are two figures, and a model that
/// happened to give short answers must not look like one that is slow to start. Otherwise it is
/// the time taken, for an answer of this length.
pub(crate) fn log_ratio(
    elapsed: Duration,
    first_token: Option<Duration>,
    output_tokens: u64,
) -> f64 {
    let typical = u64::from(TYPICAL_TOKENS);
    let (seconds, tokens) = match pace(elapsed, first_token, output_tokens) {
        Some((start, token)) => (start + token * f64::from(TYPICAL_TOKENS), typical),
        None => (elapsed.as_secs_f64(), output_tokens),
    };
    (seconds.max(0.001) / reference_seconds(tokens)).ln().clamp(-RATIO_LIMIT, RATIO_LIMIT)
}

/// Seconds to the first token and for each one after it, if the stream shows them: a few tokens
/// show no pace, and neither does an answer that was held back and came at once.
fn pace(
    elapsed: Duration,
    first_token: Option<Duration>,
    output_tokens: u64,
) -> Option<(f64, f64)> {
    let start = first_token?.min(elapsed);
    let tokens = u32::try_from(output_tokens).ok().filter(|tokens| *tokens >= PACE_TOKENS)?;
    let token = elapsed.saturating_sub(start).as_secs_f64() / f64::from(tokens);
    (token >= PACE_LIMIT).then_some((start.as_secs_f64(), token))
}

/// Moves estimates of an earlier process towards their median, the further the older they are.
pub(crate) fn age_snapshot(snapshot: &mut [ModelStatistics], now: Timestamp) {
    snapshot.iter_mut().for_each(mend);
    let mut ratios: Vec<f64> =
        snapshot.iter().filter_map(|model| Some(model.latency?.log_ratio)).collect();
    ratios.sort_by(f64::total_cmp);
    let Some(median) = ratios.get(ratios.len() / 2).copied() else { return };
    for estimate in snapshot.iter_mut().filter_map(|model| model.latency.as_mut()) {
        // A clock that was ahead must not keep the estimate fresh until its time comes.
        estimate.updated = estimate.updated.min(now);
        let kept = decay(now.since(estimate.updated), SNAPSHOT_HALF_LIFE);
        estimate.log_ratio = median + (estimate.log_ratio - median) * kept;
    }
}

/// Drops figures that cannot be true.
fn mend(statistics: &mut ModelStatistics) {
    let possible = |estimate: &LatencyEstimate| estimate.log_ratio.abs() <= RATIO_LIMIT;
    statistics.latency = statistics.latency.filter(possible);
    let Odds { successes, failures, .. } = statistics.odds;
    if ![successes, failures].iter().all(|count| (0.0..=ODDS_LIMIT).contains(count)) {
        statistics.odds = Odds::default();
    }
}

fn learn(statistics: &mut ModelStatistics, sample: f64, at: Timestamp) {
    let log_ratio = match &statistics.latency {
        None => sample,
        Some(estimate) if is_fast_surprise(estimate, sample, at) => {
            estimate.log_ratio + SURPRISE * (sample - estimate.log_ratio)
        }
        Some(estimate) => {
            let weight = (1.0 - decay(at.since(estimate.updated), HALF_LIFE)).max(WEIGHT_MINIMUM);
            estimate.log_ratio + weight * (sample - estimate.log_ratio).clamp(-1.0, 1.0)
        }
    };
    statistics.latency = Some(LatencyEstimate { log_ratio, updated: at });
}

fn fade(odds: &mut Odds, now: Timestamp) -> &mut Odds {
    let kept = decay(now.since(odds.updated), ODDS_HALF_LIFE);
    odds.successes *= kept;
    odds.failures *= kept;
    odds.updated = now;
    odds
}

fn decay(age: Duration, half_life: Duration) -> f64 {
    0.5_f64.powf(age.as_secs_f64() / half_life.as_secs_f64())
}

#[expect(clippy::cast_precision_loss, reason = "no answer has 2^52 tokens")]
fn reference_seconds(output_tokens: u64) -> f64 {
    REFERENCE_START + REFERENCE_TOKEN * output_tokens as f64
}

/// Tokens of an answer whose provider does not count them: about four characters each.
pub(crate) fn estimate_tokens(response: &ChatResponse) -> u64 {
    let message = &response.message;
    let parts = message.content.iter().filter_map(Part::as_text);
    let calls = message.tool_calls.iter().map(|call| call.arguments.as_str());
    let texts = parts.chain(message.reasoning.as_deref()).chain(calls);
    let characters: usize = texts.map(|text| text.chars().count()).sum();
    u64::try_from(characters / 4).unwrap_or(u64::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_unix(Duration::from_secs(seconds))
    }

    fn success(second: u64, elapsed: f64) -> Observation {
        let elapsed = Duration::from_secs_f64(elapsed);
        Observation::Success { at: at(second), elapsed, first_token: None, output_tokens: 100 }
    }

    fn after(observations: impl IntoIterator<Item = Observation>) -> ModelStatistics {
        let mut statistics = ModelStatistics::default();
        for observation in observations {
            observe(&mut statistics, &observation);
        }
        statistics
    }

    fn ratio(statistics: &ModelStatistics) -> f64 {
        statistics.latency.unwrap().log_ratio
    }

    #[test]
    fn one_spike_moves_the_estimate_little() {
        let steady = (0..10).map(|second| success(second, 2.6));
        let spiked = after(steady.chain([success(10, 260.0)]));
        assert!(ratio(&spiked).abs() <= WEIGHT_MINIMUM + 0.01, "{}", ratio(&spiked));
    }

    #[test]
    fn how_long_the_answers_happen_to_be_makes_no_difference_in_a_stream() {
        // 0.4 s to the first token, 0.022 s for each: the reference model itself.
        let streamed = |tokens: u32| {
            let (start, token) = (Duration::from_millis(400), Duration::from_millis(22));
            log_ratio(start + token * tokens, Some(start), u64::from(tokens))
        };
        // 2 s to the first token, 0.01 s for each: slower for short answers, faster for long ones.
        let late = |tokens: u32| {
            let (start, token) = (Duration::from_secs(2), Duration::from_millis(10));
            log_ratio(start + token * tokens, Some(start), u64::from(tokens))
        };
        for tokens in [12, 50, 200, 1_000] {
            assert!(streamed(tokens).abs() < 1e-9, "{}", streamed(tokens));
            assert!((late(tokens) - late(200)).abs() < 1e-9, "{}", late(tokens));
        }
        assert!(late(200) < 0.0);
    }

    #[test]
    fn a_stream_without_a_pace_is_measured_by_its_whole_time() {
        let second = Duration::from_secs(1);
        let whole = |tokens| log_ratio(second, None, tokens);
        let check = |first_token, tokens| log_ratio(second, Some(first_token), tokens);
        assert_eq!(check(Duration::from_millis(100), 3).to_bits(), whole(3).to_bits(), "too few");
        let held_back = Duration::from_millis(999);
        assert_eq!(check(held_back, 200).to_bits(), whole(200).to_bits(), "it came at once");
        assert_eq!(check(2 * second, 200).to_bits(), whole(200).to_bits(), "cannot be");
    }

    #[test]
    fn a_surprisingly_fast_answer_is_believed() {
        let slow = after([success(0, 26.0)]);
        let recovered = after([success(0, 26.0), success(20, 2.6)]);
        let too_soon = after([success(0, 26.0), success(5, 2.6)]);
        assert!(ratio(&recovered) < 0.31 * ratio(&slow));
        assert!(ratio(&too_soon) > 0.7 * ratio(&slow));
    }

    #[test]
    fn a_straggler_is_a_lower_bound() {
        let known = after([success(0, 2.6)]);
        let straggled = |elapsed| Observation::Straggled {
            at: at(1),
            elapsed: Duration::from_secs_f64(elapsed),
            predicted: Duration::from_secs_f64(2.6),
        };
        let slower = after([success(0, 2.6), straggled(26.0)]);
        assert!(ratio(&slower) > ratio(&known));
        let unknown = after([straggled(26.0)]);
        assert!(unknown.latency.is_none() && unknown.error_count == 1);
    }

    #[test]
    fn odds_start_high_and_failures_fade() {
        assert!((odds(&Odds::default(), at(0)) - 0.95).abs() < 1e-9);
        let failed = after([Observation::Failure { at: at(0), blamed: true }; 4]);
        let now = odds(&failed.odds, at(0));
        assert!(now < 0.5 && odds(&failed.odds, at(600)) > 0.8);
        let blameless = after([Observation::Failure { at: at(0), blamed: false }; 4]);
        assert!((odds(&blameless.odds, at(0)) - 0.95).abs() < 1e-9);
    }

    proptest! {
        #[test]
        fn a_failure_never_touches_the_estimate(elapsed in 0.01..100.0_f64, blamed: bool) {
            let known = after([success(0, elapsed)]);
            let mut failed = known.clone();
            observe(&mut failed, &Observation::Failure { at: at(9), blamed });
            prop_assert_eq!(failed.latency, known.latency);
            prop_assert_eq!(failed.error_count, 1);
        }

        #[test]
        fn the_estimate_stays_between_old_and_new(
            first in 0.01..100.0_f64, second in 0.01..100.0_f64, gap in 0_u64..10_000,
        ) {
            let moved = ratio(&after([success(0, first), success(gap, second)]));
            let (old, new) = (ratio(&after([success(0, first)])), ratio(&after([success(0, second)])));
            prop_assert!(moved >= old.min(new) - 1e-9 && moved <= old.max(new) + 1e-9);
        }

        #[test]
        fn figures_stay_figures(
            elapsed in 0_u64..u64::MAX, first: Option<u64>, tokens: u64, second: u64,
            max_tokens: Option<u32>,
        ) {
            let elapsed = Duration::from_millis(elapsed);
            let statistics =
                after([Observation::Success { at: at(second), elapsed, first_token: first.map(Duration::from_millis), output_tokens: tokens }]);
            let forecast = forecast(&statistics, max_tokens, at(second)).unwrap();
            prop_assert!(forecast.score.is_finite());
            let odds = odds(&statistics.odds, at(0));
            prop_assert!((0.0..=1.0).contains(&odds));
        }
    }
}
