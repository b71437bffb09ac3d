//! The recorded verdicts through the judge's own decisions, counted.

use std::collections::BTreeMap;

use llm_core::{Preference, Verdict};
use llm_strategies::{Better, GoldResults, Hearing, Order};

use super::{
    record::{Judge, Pair, Recorded},
    report::{BothOrders, OneOrder, SecondOpinion},
};

const ORDERS: [Order; 2] = [Order::Given, Order::Swapped];

/// Holds `hearing` on a pair; the verdict and the number of orders asked.
pub(super) fn hear(mut hearing: Hearing, pair: &Pair) -> (Verdict, u32) {
    let mut n_calls = 0;
    while let Some(order) = hearing.next_order() {
        n_calls += 1;
        hearing.hear(pair.said(order));
    }
    (hearing.verdict(), n_calls)
}

/// What the judge's policy makes of `recorded`: each pair is heard twice, once with each order
/// first, which is what a lot decides otherwise.
pub fn both_orders(judge: &Judge, recorded: &Recorded, trusted: f64) -> BothOrders {
    let pairs = &recorded.pairs;
    let mut policy = Policy::default();
    let mut orders = Orders::default();
    for pair in pairs {
        for first in ORDERS {
            let (verdict, n_calls) = hear(Hearing::new(first), pair);
            policy.count(&verdict, n_calls, pair.better);
            orders.count(pair.said(first), first, pair.better);
        }
    }
    let n_consistent: u32 = pairs.iter().map(|pair| u32::from(is_consistent(pair))).sum();
    let n_pairs = orders.n / 2;
    BothOrders {
        judge: judge.clone(),
        n_pairs,
        one_order: share(orders.credit(), orders.n),
        accuracy: policy.gold.accuracy().unwrap_or_default(),
        decided: policy.decided(),
        right_when_decided: policy.right_when_decided(),
        consistent: share(f64::from(n_consistent), n_pairs),
        picks_first: share(f64::from(orders.n_first_place), orders.n),
        without_verdict: share(f64::from(orders.n_without_verdict), orders.n),
        calls: policy.calls(),
        trusted,
    }
}

/// What becomes of it when `second` is asked about the pairs that `first` leaves open.
pub fn second_opinion(
    (first_judge, first): (&Judge, &Recorded),
    (second_judge, second): (&Judge, &Recorded),
) -> SecondOpinion {
    let by_id: BTreeMap<&str, &Pair> =
        second.pairs.iter().map(|pair| (pair.id.as_str(), pair)).collect();
    let mut policy = Policy::default();
    for pair in &first.pairs {
        for order in ORDERS {
            let (verdict, mut n_calls) = hear(Hearing::new(order), pair);
            let verdict = llm_strategies::second_opinion(verdict, || {
                let other = by_id.get(pair.id.as_str());
                let (verdict, n_more) =
                    other.map(|pair| hear(Hearing::new(order), pair)).unwrap_or_default();
                n_calls += n_more;
                verdict
            });
            policy.count(&verdict, n_calls, pair.better);
        }
    }
    SecondOpinion {
        first: first_judge.clone(),
        second: second_judge.clone(),
        n_pairs: policy.gold.n_pairs() / 2,
        accuracy: policy.gold.accuracy().unwrap_or_default(),
        decided: policy.decided(),
        right_when_decided: policy.right_when_decided(),
        calls: policy.calls(),
    }
}

/// What a judge was worth that was asked in the first order alone.
pub(super) fn one_order(judge: &Judge, recorded: &Recorded) -> OneOrder {
    let mut orders = Orders::default();
    for pair in &recorded.pairs {
        orders.count(pair.given, Order::Given, pair.better);
    }
    OneOrder {
        judge: judge.clone(),
        n_pairs: orders.n,
        n_even: recorded.n_even,
        accuracy: share(orders.credit(), orders.n),
        picks_first: share(f64::from(orders.n_first_place), orders.n),
        without_verdict: share(f64::from(orders.n_without_verdict), orders.n),
    }
}

/// What the verdicts came to.
#[derive(Debug, Default)]
struct Policy {
    gold: GoldResults,
    n_calls: u32,
}

impl Policy {
    const fn count(&mut self, verdict: &Verdict, n_calls: u32, better: Better) {
        self.gold.record(verdict, better);
        self.n_calls += n_calls;
    }

    const fn n_decided(&self) -> u32 {
        self.gold.n_right() + self.gold.n_wrong()
    }

    fn decided(&self) -> f64 {
        share(f64::from(self.n_decided()), self.gold.n_pairs())
    }

    fn right_when_decided(&self) -> Option<f64> {
        let n_decided = self.n_decided();
        (n_decided > 0).then(|| share(f64::from(self.gold.n_right()), n_decided))
    }

    fn calls(&self) -> f64 {
        share(f64::from(self.n_calls), self.gold.n_pairs())
    }
}

/// What was said, one order at a time.
#[derive(Debug, Default)]
struct Orders {
    n: u32,
    n_right: u32,
    n_open: u32,
    n_first_place: u32,
    n_without_verdict: u32,
}

impl Orders {
    fn count(&mut self, said: Option<Preference>, order: Order, better: Better) {
        self.n += 1;
        let grade = said.map_or(0, Preference::grade);
        let better_is_shown_first = (better == Better::First) == (order == Order::Given);
        let is_right = if better_is_shown_first { grade > 0 } else { grade < 0 };
        self.n_right += u32::from(is_right);
        self.n_open += u32::from(grade == 0);
        self.n_first_place += u32::from(grade > 0);
        self.n_without_verdict += u32::from(said.is_none());
    }

    /// An open verdict counts half.
    fn credit(&self) -> f64 {
        f64::from(self.n_right) + f64::from(self.n_open) / 2.0
    }
}

/// Whether both orders prefer the same answer, or neither does.
fn is_consistent(pair: &Pair) -> bool {
    pair.given
        .zip(pair.swapped)
        .is_some_and(|(given, swapped)| given.grade().signum() == -swapped.grade().signum())
}

fn share(part: f64, whole: u32) -> f64 {
    if whole == 0 { 0.0 } else { part / f64::from(whole) }
}
