//! Percentiles, each only of a sample that carries it.

/// The smallest samples that carry a percentile.
const LEAST: [(u32, usize); 4] = [(50, 3), (90, 10), (95, 20), (99, 100)];

/// The percentile `percent` of `sample` by linear interpolation; `None` when the sample is too
/// small: p50 needs 3 figures, p90 needs 10, p95 needs 20, p99 needs 100.
pub fn percentile(sample: &[f64], percent: u32) -> Option<f64> {
    let least = LEAST.iter().find(|(of, _)| *of >= percent).map_or(100, |(_, least)| *least);
    (sample.len() >= least).then(|| interpolate(sample, percent)).flatten()
}

/// The middle of a sample of any size, for ordering; `None` for an empty one.
pub(crate) fn median(sample: &[f64]) -> Option<f64> {
    interpolate(sample, 50)
}

fn interpolate(sample: &[f64], percent: u32) -> Option<f64> {
    let mut sorted = sample.to_vec();
    sorted.sort_by(f64::total_cmp);
    let steps = (sorted.len().checked_sub(1)?) * usize::try_from(percent.min(100)).ok()?;
    let (below, part) = (steps / 100, steps % 100);
    let low = *sorted.get(below)?;
    let high = sorted.get(below + 1).copied().unwrap_or(low);
    let part = f64::from(u32::try_from(part).ok()?) / 100.0;
    Some(low + (high - low) * part)
}
