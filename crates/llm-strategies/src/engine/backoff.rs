//! How long to pause before the same model is tried again.

use std::time::Duration;

/// No pause is longer, unless the provider asks for it.
const CAP: Duration = Duration::from_secs(8);

/// The pause before the attempt after `failures` failures: `base` doubled with each failure after
/// the first, capped, then scaled by `random` (0 to 1), so that callers that failed together do
/// not come back together.
pub(crate) fn pause(base: Duration, failures: u32, random: f64) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    let full = base.saturating_mul(1 << doublings).min(CAP);
    full.mul_f64(random.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BASE: Duration = Duration::from_millis(500);

    #[test]
    fn f03_doubles_up_to_the_cap_and_never_overflows() {
        let full = |failures| pause(BASE, failures, 1.0).as_millis();
        assert_eq!([1, 2, 3, 4, 5, 6].map(full), [500, 1_000, 2_000, 4_000, 8_000, 8_000]);
        assert_eq!(full(1_000_000), 8_000);
        assert_eq!(pause(Duration::MAX, u32::MAX, 1.0), CAP);
        assert_eq!(full(0), 500);
    }

    #[test]
    fn f02_pauses_are_spread_evenly() {
        let mut random = fastrand::Rng::with_seed(2);
        let mut pauses: Vec<f64> =
            (0..10_000).map(|_| pause(BASE, 2, random.f64()).as_secs_f64()).collect();
        pauses.sort_by(f64::total_cmp);
        // Kolmogorov-Smirnov: 1.63 / sqrt(n) is the limit at 1 %.
        let ideal = |place: u32| f64::from(place) / 10_000.0;
        let distance = (0_u32..).zip(&pauses).map(|(place, pause)| (pause - ideal(place)).abs());
        assert!(distance.fold(0.0, f64::max) < 0.0163);
    }

    proptest! {
        #[test]
        fn f01_pauses_stay_within_the_cap(base in 0_u64..100_000, failures: u32, random: f64) {
            prop_assert!(pause(Duration::from_millis(base), failures, random) <= CAP);
        }

        #[test]
        fn more_failures_never_shorten_a_pause(failures in 0_u32..40, random in 0.0..=1.0_f64) {
            let next = pause(BASE, failures + 1, random);
            prop_assert!(pause(BASE, failures, random) <= next);
        }
    }
}
