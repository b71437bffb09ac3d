//! How long something takes.

use std::{f64::consts::TAU, time::Duration};

use fastrand::Rng;

/// How long something takes, drawn anew for each call.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Latency {
    /// Always the same.
    Fixed(Duration),
    /// Anything between two limits, equally likely.
    Uniform(Duration, Duration),
    /// Half of the draws below the median, a few far above: what real models look like.
    LogNormal {
        /// Half of the draws are below it.
        median: Duration,
        /// The standard deviation of the logarithm; 0.3 is steady, 1.0 is wild.
        sigma: f64,
    },
}

impl Latency {
    pub(super) fn draw(self, random: &mut Rng) -> Duration {
        match self {
            Self::Fixed(latency) => latency,
            Self::Uniform(from, to) => from + to.saturating_sub(from).mul_f64(random.f64()),
            Self::LogNormal { median, sigma } => {
                let factor = (sigma * normal(random)).exp();
                Duration::try_from_secs_f64(median.as_secs_f64() * factor).unwrap_or(median)
            }
        }
    }
}

/// A draw from the standard normal distribution (Box and Muller).
fn normal(random: &mut Rng) -> f64 {
    let radius = (-2.0 * (1.0 - random.f64()).ln()).sqrt();
    radius * (TAU * random.f64()).cos()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draws(latency: Latency) -> Vec<Duration> {
        let mut random = Rng::with_seed(7);
        let mut draws: Vec<_> = (0..1_001).map(|_| latency.draw(&mut random)).collect();
        draws.sort();
        draws
    }

    #[test]
    fn a_fixed_latency_never_varies() {
        let draws = draws(Latency::Fixed(Duration::from_millis(20)));
        assert_eq!(draws[0], draws[1_000]);
    }

    #[test]
    fn a_uniform_latency_fills_its_range() {
        let (from, to) = (Duration::from_millis(100), Duration::from_millis(200));
        let draws = draws(Latency::Uniform(from, to));
        assert!(draws[0] >= from && draws[0] < Duration::from_millis(105));
        assert!(draws[1_000] <= to && draws[1_000] > Duration::from_millis(195));
    }

    #[test]
    fn a_log_normal_latency_has_its_median_and_a_tail() {
        let median = Duration::from_millis(400);
        let draws = draws(Latency::LogNormal { median, sigma: 0.5 });
        assert!(draws[500].abs_diff(median) < Duration::from_millis(40));
        assert!(draws[990] > median * 2);
    }
}
