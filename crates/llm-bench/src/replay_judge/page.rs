//! The report as Markdown.

use std::fmt::Write;

use llm_strategies::{GoldResults, JudgeGate};

use super::{
    report::{BothOrders, OneOrder, Report, SecondOpinion},
    targets::PROMPT,
};
use crate::{
    markdown::{head, row, section},
    promise,
};

const INTRODUCTION: &str = "\
# The judge on recorded verdicts

Verdicts that real judges gave on pairs of answers, of which people know the better one, run through the judge's own decisions: `Hearing`, `second_opinion`, `JudgeGate` and `parse_verdict` of `llm-strategies`.
No model is called, and nothing here depends on time or machine.

`cargo xtask replay judge` prints this page, `--write` writes it with the figures (`replay-judge.json`).
The verdicts come from princeton-nlp/LLMBar (MIT) and WeOpenML/PandaLM (Apache-2.0), in the folder that `LLM_REFERENCE_DATA` names.
";

const READING: &str = "\
*one order* asks once and takes what is said; an open verdict counts half, as a coin would have it.
*accuracy* follows the policy: a clear preference is taken at once, any other is checked in the other order, what the orders disagree on stays open and counts half; the order asked first is a lot, so each pair is heard once with each.
*decided* is the share of pairs the policy decides, *right* how many of these it decides rightly, *calls* the orders asked for a pair.
*consistent* pairs get the same verdict in both orders; *picks first* is how often the answer shown first is preferred; *no verdict* is the share of answers without one.
";

/// The report as a page of `docs/benchmarks`, and for the terminal.
pub fn page(report: &Report) -> String {
    let mut page = INTRODUCTION.to_owned();
    section(&mut page, "What must hold", "");
    promise::table(&mut page, &report.targets);
    gate(&mut page, report);
    parser(&mut page, report);
    judges(&mut page, &report.both_orders);
    if let Some(found) = &report.second_opinion {
        second(&mut page, found);
    }
    one_order(&mut page, &report.one_order);
    page
}

/// What a second judge adds to a first.
fn second(page: &mut String, found: &SecondOpinion) {
    section(
        page,
        "A second judge for what the first leaves open",
        "The second is heard in the same way; *calls* are those of both.\n",
    );
    head(page, &["judge", "second"], &["pairs", "accuracy", "decided", "right", "calls"]);
    row(
        page,
        &[
            format!("{}, {}", found.first.judge, found.first.style),
            format!("{}, {}", found.second.judge, found.second.style),
            found.n_pairs.to_string(),
            percent(found.accuracy),
            percent(found.decided),
            found.right_when_decided.map_or_else(nothing, percent),
            format!("{:.2}", found.calls),
        ],
    );
}

fn gate(page: &mut String, report: &Report) {
    let text = format!(
        "A judge is trusted after {} gold pairs, each asked in both orders, when the lower limit of \
         the one-sided {:.0} % Wilson interval of its accuracy is above one half and the accuracy \
         reaches the break-even of {}.\n\
         With this break-even the second condition is the stricter one; with a lower one the first \
         may be.\n\
         {} draws of {} random pairs for each judge: how often the gate trusts it.\n",
        report.n_gold_pairs,
        GoldResults::CONFIDENCE * 100.0,
        JudgeGate::default().break_even(),
        report.n_draws,
        report.n_gold_pairs
    );
    section(page, "The gate", &text);
    head(page, &["judge", "prompt"], &["accuracy on all pairs", "trusted"]);
    for found in report.both_orders.iter().filter(|found| found.judge.style == PROMPT) {
        let judge = &found.judge;
        row(
            page,
            &[
                judge.judge.clone(),
                judge.style.clone(),
                percent(found.accuracy),
                percent(found.trusted),
            ],
        );
    }
    page.push_str("\nThe column *trusted* below has it for every prompt.\n");
}

fn parser(page: &mut String, report: &Report) {
    let texts = &report.texts;
    section(page, "The parser on what judges wrote", "");
    head(page, &["answers"], &["number", "decided"]);
    let whole = [texts.n_whole, texts.n_whole_decided].map(|count| count.to_string());
    let [n_whole, decided] = whole;
    row(page, &["a verdict and nothing else".to_owned(), n_whole, decided]);
    let prose = [texts.n_prose, texts.n_prose_decided].map(|count| count.to_string());
    let [n_prose, decided] = prose;
    row(page, &["prose".to_owned(), n_prose, decided]);
    let _infallible = writeln!(page, "\nWrong verdicts: {}.", texts.n_wrong);
}

fn judges(page: &mut String, rows: &[BothOrders]) {
    let text = format!(
        "{READING}The prompts named `Rating` grade each answer alone; equal grades were recorded as \
         a contradiction.\n"
    );
    section(page, "Every judge that was asked in both orders", &text);
    head(
        page,
        &["set", "judge", "prompt"],
        &[
            "pairs",
            "one order",
            "accuracy",
            "decided",
            "right",
            "calls",
            "consistent",
            "picks first",
            "no verdict",
            "trusted",
        ],
    );
    for found in rows {
        let judge = &found.judge;
        row(
            page,
            &[
                judge.set.clone(),
                judge.judge.clone(),
                judge.style.clone(),
                found.n_pairs.to_string(),
                percent(found.one_order),
                percent(found.accuracy),
                percent(found.decided),
                found.right_when_decided.map_or_else(nothing, percent),
                format!("{:.2}", found.calls),
                percent(found.consistent),
                percent(found.picks_first),
                percent(found.without_verdict),
                percent(found.trusted),
            ],
        );
    }
}

fn one_order(page: &mut String, rows: &[OneOrder]) {
    section(
        page,
        "Judges that were asked in one order",
        "The policy takes no plain preference from one order, so it decides none of these pairs; \
         this is what following them blindly is worth.\n",
    );
    head(
        page,
        &["set", "judge"],
        &["pairs", "left out, even", "accuracy", "picks first", "no verdict"],
    );
    for found in rows {
        row(
            page,
            &[
                found.judge.set.clone(),
                found.judge.judge.clone(),
                found.n_pairs.to_string(),
                found.n_even.to_string(),
                percent(found.accuracy),
                percent(found.picks_first),
                percent(found.without_verdict),
            ],
        );
    }
}

pub(super) fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

fn nothing() -> String {
    "-".to_owned()
}
