//! Whether a judge is worth asking, from pairs whose better answer is known.

use llm_core::Verdict;

/// Which answer of a gold pair is better, as people found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Better {
    /// The first.
    First,
    /// The second.
    Second,
}

/// How a judge did on gold pairs: pairs of answers of which people know the better one.
///
/// Each pair is asked in both orders, see [`Hearing::in_both_orders`](crate::Hearing).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GoldResults {
    right: u32,
    wrong: u32,
    undecided: u32,
}

impl GoldResults {
    /// How sure [`lower_bound`](Self::lower_bound) is.
    pub const CONFIDENCE: f64 = 0.9;

    /// Counts the judge's verdict on a pair whose `better` answer is known.
    pub const fn record(&mut self, verdict: &Verdict, better: Better) {
        let count = match (verdict.score, better) {
            (0, _) => &mut self.undecided,
            (1.., Better::First) | (..=-1, Better::Second) => &mut self.right,
            _ => &mut self.wrong,
        };
        *count = count.saturating_add(1);
    }

    /// Pairs that were judged.
    pub const fn n_pairs(&self) -> u32 {
        self.right.saturating_add(self.wrong).saturating_add(self.undecided)
    }

    /// Pairs in which the judge preferred the better answer.
    pub const fn n_right(&self) -> u32 {
        self.right
    }

    /// Pairs in which the judge preferred the worse answer.
    pub const fn n_wrong(&self) -> u32 {
        self.wrong
    }

    /// Pairs in which the judge had no preference, or contradicted itself.
    pub const fn n_undecided(&self) -> u32 {
        self.undecided
    }

    /// How often following the judge gives the better answer, 0 to 1: an undecided pair counts
    /// half, as a coin would have it. `None` without a pair.
    pub fn accuracy(&self) -> Option<f64> {
        let n_pairs = self.n_pairs();
        let credit = f64::from(self.right) + f64::from(self.undecided) / 2.0;
        (n_pairs > 0).then(|| credit / f64::from(n_pairs))
    }

    /// What the accuracy is at least, with 90 % confidence: the lower limit of the one-sided Wilson
    /// score interval. `None` without a pair.
    ///
    /// Wilson's interval keeps its promise with a few dozen pairs, where the normal one does not,
    /// and stays below 1 when every pair was right. An undecided pair counts as half a success;
    /// that makes the limit, if anything, too low.
    pub fn lower_bound(&self) -> Option<f64> {
        let accuracy = self.accuracy()?;
        let n_pairs = f64::from(self.n_pairs());
        let share = Z_90 * Z_90 / n_pairs;
        let spread = (accuracy * (1.0 - accuracy) / n_pairs + share / (4.0 * n_pairs)).sqrt();
        Some((accuracy + share / 2.0 - Z_90 * spread) / (1.0 + share))
    }
}

/// The normal quantile of [`GoldResults::CONFIDENCE`].
const Z_90: f64 = 1.281_551_565_544_600_4;
/// What a coin gets right.
const CHANCE: f64 = 0.5;

/// Decides whether a judge is worth asking: a weak judge is worse than none.
///
/// A judge is trusted that was tried on at least 31 gold pairs, is better than chance with 90 %
/// confidence, and reaches the break-even. With the default break-even the last condition implies
/// the one before it; with a lower one it may not.
///
/// ```
/// use llm_strategies::{
///     Better, GateDecision, GoldResults, Hearing, JudgeGate, Order, parse_verdict,
/// };
///
/// // A judge that likes whatever it reads first, asked in the way of your choice.
/// let ask = |_pair: usize, _order: Order| "[[A>B]]";
///
/// let mut gold = GoldResults::default();
/// for pair in 0..40 {
///     let first = if pair % 2 == 0 { Order::Given } else { Order::Swapped };
///     let mut hearing = Hearing::new(first).in_both_orders();
///     while let Some(order) = hearing.next_order() {
///         hearing.hear(parse_verdict(ask(pair, order)));
///     }
///     gold.record(&hearing.verdict(), Better::First);
/// }
/// assert_eq!(gold.accuracy(), Some(0.5));
/// assert_eq!(JudgeGate::default().decide(&gold), GateDecision::NoBetterThanChance);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct JudgeGate {
    break_even: f64,
}

impl Default for JudgeGate {
    /// A break-even of 0.64.
    fn default() -> Self {
        Self { break_even: 0.64 }
    }
}

impl JudgeGate {
    /// With fewer gold pairs no judge is trusted: one of 75 % cannot be told from a coin then, with
    /// 5 % false alarms and 10 % missed.
    pub const MIN_PAIRS: u32 = 31;

    /// Sets the accuracy, 0 to 1, from which judging a pair of models is better than always
    /// taking the answer of the stronger one. It is higher, up to 0.8, where one model is clearly
    /// stronger than the other.
    #[must_use]
    pub const fn with_break_even(mut self, break_even: f64) -> Self {
        self.break_even = break_even;
        self
    }

    /// The accuracy, 0 to 1, from which a judge is worth following.
    pub const fn break_even(&self) -> f64 {
        self.break_even
    }

    /// What follows from `gold`.
    pub fn decide(&self, gold: &GoldResults) -> GateDecision {
        let (Some(accuracy), Some(lower_bound)) = (gold.accuracy(), gold.lower_bound()) else {
            return GateDecision::TooFewPairs;
        };
        if gold.n_pairs() < Self::MIN_PAIRS {
            GateDecision::TooFewPairs
        } else if lower_bound <= CHANCE {
            GateDecision::NoBetterThanChance
        } else if accuracy >= self.break_even {
            GateDecision::Trusted
        } else {
            GateDecision::BelowBreakEven
        }
    }
}

/// What a [`JudgeGate`] makes of a judge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GateDecision {
    /// Its verdicts are worth following.
    Trusted,
    /// It was tried on fewer than 31 pairs.
    TooFewPairs,
    /// Its results are not, with 90 % confidence, better than those of a coin.
    NoBetterThanChance,
    /// Always taking the stronger model's answer is at least as good as asking it.
    BelowBreakEven,
}

impl GateDecision {
    /// Whether the judge's verdicts are worth following.
    pub const fn is_trusted(self) -> bool {
        matches!(self, Self::Trusted)
    }
}
