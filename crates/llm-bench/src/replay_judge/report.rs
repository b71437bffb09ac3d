//! What the replay found.

use serde::{Deserialize, Serialize};

use super::record::Judge;
use crate::promise::Promise;

/// All figures of a replay. Shares are from 0 to 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// What the figures have to reach.
    pub targets: Vec<Promise>,
    /// The parser on what judges wrote.
    pub texts: Texts,
    /// Gold pairs of one draw of the gate's trial.
    pub n_gold_pairs: usize,
    /// Draws of the gate's trial for one judge.
    pub n_draws: u32,
    /// A judge with a second opinion on what it left open.
    pub second_opinion: Option<SecondOpinion>,
    /// The judges that were asked in both orders.
    pub both_orders: Vec<BothOrders>,
    /// The judges that were asked in one order.
    pub one_order: Vec<OneOrder>,
}

/// What the policy makes of a judge.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BothOrders {
    /// The judge.
    #[serde(flatten)]
    pub judge: Judge,
    /// Pairs judged.
    pub n_pairs: u32,
    /// How often one order alone gives the better answer; an open verdict counts half.
    pub one_order: f64,
    /// How often the policy gives the better answer; an open verdict counts half.
    pub accuracy: f64,
    /// Pairs that the policy decides.
    pub decided: f64,
    /// How many of these it decides rightly; `None` where it decides nothing.
    pub right_when_decided: Option<f64>,
    /// Pairs of which both orders say the same.
    pub consistent: f64,
    /// How often the answer shown first is preferred.
    pub picks_first: f64,
    /// Answers that held no verdict.
    pub without_verdict: f64,
    /// Orders asked for a pair, on average.
    pub calls: f64,
    /// Draws of gold pairs after which the gate trusts the judge.
    pub trusted: f64,
}

/// What the policy makes of a judge with a second one for what it leaves open.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SecondOpinion {
    /// The judge asked first.
    pub first: Judge,
    /// The judge asked where the first is undecided.
    pub second: Judge,
    /// Pairs judged.
    pub n_pairs: u32,
    /// How often the better answer is taken; an open verdict counts half.
    pub accuracy: f64,
    /// Pairs decided.
    pub decided: f64,
    /// How many of these rightly; `None` where nothing is decided.
    pub right_when_decided: Option<f64>,
    /// Orders asked for a pair, on average, of both judges together.
    pub calls: f64,
}

/// What a judge is worth that was asked in one order. The policy decides nothing by it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OneOrder {
    /// The judge.
    #[serde(flatten)]
    pub judge: Judge,
    /// Pairs of which people prefer one answer.
    pub n_pairs: u32,
    /// Pairs of which people prefer neither; left out.
    pub n_even: u32,
    /// How often the better answer is preferred; an open verdict counts half.
    pub accuracy: f64,
    /// How often the answer shown first is preferred.
    pub picks_first: f64,
    /// Answers that held no verdict.
    pub without_verdict: f64,
}

/// What the parser made of the texts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Texts {
    /// Answers that are a verdict and nothing else.
    pub n_whole: u32,
    /// How many of them the parser decided.
    pub n_whole_decided: u32,
    /// Answers in prose.
    pub n_prose: u32,
    /// How many of them the parser decided.
    pub n_prose_decided: u32,
    /// Verdicts that were not what was meant.
    pub n_wrong: u32,
}
