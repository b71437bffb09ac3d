//! What the figures have to reach.

use serde::{Deserialize, Serialize};

use super::report::Report;

/// The set in which every judge was asked in both orders.
pub(super) const SET: &str = "llmbar";
/// A strong judge, and one of another family.
pub(super) const STRONG: &str = "GPT-4";
pub(super) const OTHER_FAMILY: &str = "PaLM2";
/// A judge too weak to be asked, in both versions that were recorded.
const WEAK: [&str; 2] = ["ChatGPT", "ChatGPT-0301"];
/// The prompt nearest to the one of `LlmEvaluator`: the judge's own criteria and its own answer.
pub(super) const PROMPT: &str = "Metrics_Reference";

/// A figure and what it has to be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Target {
    /// The id of the case that asks for it.
    pub case: String,
    /// What is measured.
    pub what: String,
    /// Which side of `wanted` is right.
    pub bound: Bound,
    /// The limit.
    pub wanted: f64,
    /// The figure; `None` where the data lacks it.
    pub measured: Option<f64>,
    /// Whether it is a share, from 0 to 1, or a count.
    pub is_share: bool,
}

/// Which side of a limit is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// The limit or more.
    AtLeast,
    /// The limit or less.
    AtMost,
    /// The limit itself.
    Exactly,
}

impl Target {
    fn share(case: &str, what: &str, bound: Bound, wanted: f64, measured: Option<f64>) -> Self {
        let (case, what) = (case.to_owned(), what.to_owned());
        Self { case, what, bound, wanted, measured, is_share: true }
    }

    fn count(case: &str, what: &str, wanted: u32, measured: u32) -> Self {
        Self {
            case: case.to_owned(),
            what: what.to_owned(),
            bound: Bound::Exactly,
            wanted: f64::from(wanted),
            measured: Some(f64::from(measured)),
            is_share: false,
        }
    }

    /// Whether the figure is as it has to be; one that is missing is not.
    pub fn is_met(&self) -> bool {
        self.measured.is_some_and(|measured| match self.bound {
            Bound::AtLeast => measured >= self.wanted,
            Bound::AtMost => measured <= self.wanted,
            Bound::Exactly => (measured - self.wanted).abs() < f64::EPSILON,
        })
    }
}

/// The targets for a report.
pub(super) fn targets(report: &Report) -> Vec<Target> {
    let row = |judge: &str| {
        let rows = report.both_orders.iter().filter(|row| row.judge.set == SET);
        rows.clone().find(|row| row.judge.judge == judge && row.judge.style == PROMPT)
    };
    let weak = report.both_orders.iter().filter(|row| WEAK.contains(&&*row.judge.judge));
    let weak = weak.map(|row| row.trusted).max_by(f64::total_cmp);
    let accuracy = |judge| row(judge).map(|row| row.accuracy);
    let trusted = |judge| row(judge).map(|row| row.trusted);
    let joined = report.second_opinion.as_ref().map(|joined| joined.accuracy);
    let n_pairs = row(STRONG).map_or(0, |row| row.n_pairs);
    let texts = &report.texts;

    let strong = format!("accuracy of {STRONG}, {PROMPT}");
    let trusts_strong = format!("the gate trusts {STRONG}, {PROMPT}");
    let trusts_other = format!("the gate trusts {OTHER_FAMILY}, {PROMPT}");
    let trusts_weak = "the gate trusts ChatGPT, of both versions and all prompts the most";
    let with_second = format!("the same, {OTHER_FAMILY} asked about what it leaves open");
    vec![
        Target::count("J4", &format!("pairs judged by {STRONG}, {PROMPT}"), 419, n_pairs),
        Target::share("J4", &strong, Bound::AtLeast, 0.87, accuracy(STRONG)),
        Target::share("J4", &with_second, Bound::AtLeast, 0.885, joined),
        Target::share("J5", &trusts_strong, Bound::AtLeast, 0.95, trusted(STRONG)),
        Target::share("J5", &trusts_other, Bound::AtLeast, 0.95, trusted(OTHER_FAMILY)),
        Target::share("J5", trusts_weak, Bound::AtMost, 0.05, weak),
        Target::count("J6", "answers that are a verdict alone", 1_077, texts.n_whole),
        Target::count("J6", "of these decided", 1_077, texts.n_whole_decided),
        Target::count("J6", "wrong verdicts of the parser", 0, texts.n_wrong),
        Target::count("J6", "answers in prose, decided", 0, texts.n_prose_decided),
    ]
}
