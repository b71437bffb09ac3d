//! The gate on gold pairs drawn at random.

use llm_strategies::{GoldResults, Hearing, JudgeGate, Order};

use super::{record::Pair, tally::hear};

/// Gold pairs of one draw.
pub(super) const PAIRS: usize = JudgeGate::MIN_PAIRS as usize;
/// Draws for one judge.
pub(super) const DRAWS: u32 = 1_000;
/// Decides the draws. Every judge has the same ones.
const SEED: u64 = 31;

/// In how many of `DRAWS` draws of `PAIRS` random pairs, each asked in both orders, the gate trusts the
/// judge; as a share.
pub fn trusted_share(pairs: &[Pair]) -> f64 {
    let mut random = fastrand::Rng::with_seed(SEED);
    let gate = JudgeGate::default();
    let mut n_trusted = 0;
    for _ in 0..DRAWS {
        let mut gold = GoldResults::default();
        for pair in random.choose_multiple(pairs, PAIRS) {
            let first = if random.bool() { Order::Swapped } else { Order::Given };
            let (verdict, _) = hear(Hearing::new(first).in_both_orders(), pair);
            gold.record(&verdict, pair.better);
        }
        n_trusted += u32::from(gate.decide(&gold).is_trusted());
    }
    f64::from(n_trusted) / f64::from(DRAWS)
}
