//! What the figures have to reach.

use super::{page::percent, report::Report};
use crate::promise::{Bound, Promise};

/// The set in which every judge was asked in both orders.
pub(super) const SET: &str = "llmbar";
/// A strong judge, and one of another family.
pub(super) const STRONG: &str = "GPT-4";
pub(super) const OTHER_FAMILY: &str = "PaLM2";
/// A judge too weak to be asked, in both versions that were recorded.
const WEAK: [&str; 2] = ["ChatGPT", "ChatGPT-0301"];
/// The prompt nearest to the one of `LlmEvaluator`: the judge's own criteria and its own answer.
pub(super) const PROMPT: &str = "Metrics_Reference";

/// A share, from 0 to 1.
fn share(name: String, wanted: (Bound, f64), measured: Option<f64>) -> Promise {
    Promise::new(name, wanted, measured, |share| percent(*share))
}

fn count(name: impl Into<String>, wanted: u32, measured: u32) -> Promise {
    Promise::new(name, (Bound::Exactly, wanted), Some(measured), u32::to_string)
}

/// The targets for a report.
pub fn targets(report: &Report) -> Vec<Promise> {
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

    let strong = format!("J4: accuracy of {STRONG}, {PROMPT}");
    let with_second = format!("J4: the same, {OTHER_FAMILY} asked about what it leaves open");
    let trusts_strong = format!("J5: the gate trusts {STRONG}, {PROMPT}");
    let trusts_other = format!("J5: the gate trusts {OTHER_FAMILY}, {PROMPT}");
    let trusts_weak = "J5: the gate trusts ChatGPT, of both versions and all prompts the most";
    vec![
        count(format!("J4: pairs judged by {STRONG}, {PROMPT}"), 419, n_pairs),
        share(strong, (Bound::AtLeast, 0.87), accuracy(STRONG)),
        share(with_second, (Bound::AtLeast, 0.885), joined),
        share(trusts_strong, (Bound::AtLeast, 0.95), trusted(STRONG)),
        share(trusts_other, (Bound::AtLeast, 0.95), trusted(OTHER_FAMILY)),
        share(trusts_weak.to_owned(), (Bound::AtMost, 0.05), weak),
        count("J6: answers that are a verdict alone", 1_077, texts.n_whole),
        count("J6: of these decided", 1_077, texts.n_whole_decided),
        count("J6: wrong verdicts of the parser", 0, texts.n_wrong),
        count("J6: answers in prose, decided", 0, texts.n_prose_decided),
    ]
}
