//! The Mann-Whitney test: whether two samples differ by more than chance.

/// Differences less likely than this by chance alone count.
const SIGNIFICANT: f64 = 0.05;

/// Up to this many figures together, every way to divide them is counted.
const EXACT: usize = 40;

/// Whether chance alone would rarely (under 5 %, two-sided) tell `left` and `right` apart as far
/// as they are. Never with three figures a side: there are too few ways to divide six.
pub fn separable(left: &[f64], right: &[f64]) -> bool {
    p_value(left, right) < SIGNIFICANT
}

/// How likely chance alone puts the samples as far apart as they are.
pub(crate) fn p_value(left: &[f64], right: &[f64]) -> f64 {
    if left.is_empty() || right.is_empty() {
        return 1.0;
    }
    let ranks = doubled_ranks(left, right);
    let of_left: usize = ranks.iter().take(left.len()).sum();
    if ranks.len() <= EXACT {
        exact(&ranks, left.len(), of_left)
    } else {
        normal(&ranks, left.len(), of_left)
    }
}

/// The rank of every figure of `left`, then `right`, times two: equal figures share the mean of
/// their ranks, which may be a half.
fn doubled_ranks(left: &[f64], right: &[f64]) -> Vec<usize> {
    let all: Vec<f64> = left.iter().chain(right).copied().collect();
    let count = |holds: &dyn Fn(&f64) -> bool| all.iter().filter(|other| holds(other)).count();
    all.iter()
        .map(|figure| {
            let below = count(&|other| other.total_cmp(figure).is_lt());
            let equal = count(&|other| other.total_cmp(figure).is_eq());
            2 * below + equal + 1
        })
        .collect()
}

/// Counts the ways to choose `n_left` of the ranks whose sum is at least as far from the middle.
fn exact(ranks: &[usize], n_left: usize, of_left: usize) -> f64 {
    let total: usize = ranks.iter().sum();
    // ways[chosen][sum]
    let mut ways = vec![vec![0.0_f64; total + 1]; n_left + 1];
    if let Some(nothing) = ways.first_mut().and_then(|row| row.first_mut()) {
        *nothing = 1.0;
    }
    for &rank in ranks {
        for chosen in (1..=n_left).rev() {
            let (fewer, more) = ways.split_at_mut(chosen);
            if let (Some(from), Some(to)) = (fewer.last(), more.first_mut()) {
                for (to, from) in to.iter_mut().skip(rank).zip(from) {
                    *to += from;
                }
            }
        }
    }
    let Some(sums) = ways.last() else { return 1.0 };
    // Compared as sum * N against n_left * total, to stay among whole numbers.
    let distance = |sum: usize| (sum * ranks.len()).abs_diff(n_left * total);
    let observed = distance(of_left);
    let extreme: f64 =
        (0..).zip(sums).filter(|(sum, _)| distance(*sum) >= observed).map(|(_, ways)| ways).sum();
    extreme / sums.iter().sum::<f64>()
}

/// The same by the normal distribution, for samples too large to count.
fn normal(ranks: &[usize], n_left: usize, of_left: usize) -> f64 {
    let figure = |number: usize| f64::from(u32::try_from(number).unwrap_or(u32::MAX));
    let (n, left) = (figure(ranks.len()), figure(n_left));
    let middle = f64::midpoint(n, 1.0);
    let squares: f64 = ranks.iter().map(|rank| (figure(*rank) / 2.0 - middle).powi(2)).sum();
    let variance = left * (n - left) / (n * (n - 1.0)) * squares;
    if variance <= 0.0 {
        return 1.0;
    }
    let distance = (figure(of_left) / 2.0 - left * middle).abs();
    let z = (distance - 0.5).max(0.0) / variance.sqrt();
    2.0 * upper_tail(z)
}

/// The part of the normal distribution above `z`, for `z` of at least 0 (Abramowitz and Stegun,
/// 26.2.17; off by less than 1e-7).
fn upper_tail(z: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.231_641_9 * z);
    let series = [1.330_274_429, -1.821_255_978, 1.781_477_937, -0.356_563_782, 0.319_381_530];
    let sum = series.iter().fold(0.0, |sum, factor| (sum + factor) * t);
    sum * (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt()
}
