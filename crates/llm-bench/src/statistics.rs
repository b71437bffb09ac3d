//! Figures of many numbers.

use std::time::Duration;

/// The mean of some numbers; 0 of none.
pub(crate) fn mean(numbers: impl IntoIterator<Item = f64>) -> f64 {
    let (sum, count) =
        numbers.into_iter().fold((0.0, 0.0), |(sum, count), number| (sum + number, count + 1.0));
    if count > 0.0 { sum / count } else { 0.0 }
}

/// The nearest-rank percentile of sorted times, in thousandths.
pub(crate) fn percentile(sorted: &[Duration], thousandths: usize) -> Duration {
    let rank = (sorted.len() * thousandths).div_ceil(1_000);
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_the_nearest_rank() {
        let times: Vec<Duration> = (1..=200).map(Duration::from_secs).collect();
        let seconds = |thousandths| percentile(&times, thousandths).as_secs();
        assert_eq!([500, 990, 999, 1_000].map(seconds), [100, 198, 200, 200]);
        assert_eq!(percentile(&[], 990), Duration::ZERO);
        assert_eq!(percentile(&times[..1], 10), Duration::from_secs(1));
    }
}
