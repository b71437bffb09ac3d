//! The interval of a proportion.

use crate::report::Interval;

/// The 97.5 % point of the normal distribution.
const Z: f64 = 1.959_964;

/// The Wilson interval of `good` out of `sent`, with 95 % confidence; `None` when nothing was
/// sent.
///
/// Why not the plain share: 5 of 5 is 100 %, and still proves no more than 57 %.
pub fn wilson(good: u32, sent: u32) -> Option<Interval> {
    if sent == 0 {
        return None;
    }
    let n = f64::from(sent);
    let share = f64::from(good.min(sent)) / n;
    let center = share + Z * Z / (2.0 * n);
    let spread = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + Z * Z / n;
    let end = |value: f64| (value / scale).clamp(0.0, 1.0);
    Some(Interval { low: end(center - spread), high: end(center + spread) })
}
