//! The report as Markdown.

use std::fmt::Write;

use super::{
    design::{EXPECTED, Expected},
    report::{BothOrders, OneOrder, Report},
    targets::{Bound, PROMPT, Target},
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
    targets(&mut page, &report.targets);
    design(&mut page, report);
    gate(&mut page, report);
    parser(&mut page, report);
    judges(&mut page, &report.both_orders);
    one_order(&mut page, &report.one_order);
    page
}

fn targets(page: &mut String, targets: &[Target]) {
    section(page, "Targets", "");
    table(page, "| case | target | wanted | measured | |", "|---|---|---:|---:|---|");
    for target in targets {
        let side = match target.bound {
            Bound::AtLeast => "at least ",
            Bound::AtMost => "at most ",
            Bound::Exactly => "",
        };
        let shown =
            |value: f64| if target.is_share { percent(value) } else { format!("{value:.0}") };
        row(
            page,
            &[
                target.case.clone(),
                target.what.clone(),
                format!("{side}{}", shown(target.wanted)),
                target.measured.map_or_else(|| "not in the data".to_owned(), shown),
                if target.is_met() { "met" } else { "MISSED" }.to_owned(),
            ],
        );
    }
}

/// The design's figures beside ours.
fn design(page: &mut String, report: &Report) {
    section(
        page,
        "Beside the figures of the design",
        "The design rests on an earlier evaluation of the same verdicts, made with other code: its \
         figure stands behind the slash.\n",
    );
    table(
        page,
        "| judge | prompt | accuracy | decided | right | picks first | calls |",
        "|---|---|---:|---:|---:|---:|---:|",
    );
    for expected in &EXPECTED {
        if let Some(found) = find(report, expected) {
            row(
                page,
                &[
                    found.judge,
                    expected.style.to_owned(),
                    beside(found.accuracy, expected.accuracy),
                    beside(found.decided, expected.decided),
                    found
                        .right_when_decided
                        .map_or_else(nothing, |right| beside(right, expected.right_when_decided)),
                    expected
                        .picks_first
                        .zip(found.picks_first)
                        .map_or_else(nothing, |(designs, ours)| beside(ours, designs)),
                    format!("{:.2}", found.calls),
                ],
            );
        }
    }
    page.push_str(
        "\nThe design's rows for o1-mini, claude-3-haiku and the reward models rest on JudgeBench, \
         whose verdicts are not in the data.\n",
    );
}

/// Our figures for a row of the design.
#[derive(Debug)]
struct Found {
    judge: String,
    accuracy: f64,
    decided: f64,
    right_when_decided: Option<f64>,
    picks_first: Option<f64>,
    calls: f64,
}

fn find(report: &Report, expected: &Expected) -> Option<Found> {
    if expected.has_second {
        let found = report.second_opinion.as_ref()?;
        return Some(Found {
            judge: format!("{}, then {} on ties", found.first.judge, found.second.judge),
            accuracy: found.accuracy,
            decided: found.decided,
            right_when_decided: found.right_when_decided,
            picks_first: None,
            calls: found.calls,
        });
    }
    let mut rows = report.both_orders.iter();
    let found =
        rows.find(|row| row.judge.judge == expected.judge && row.judge.style == expected.style)?;
    Some(Found {
        judge: found.judge.judge.clone(),
        accuracy: found.accuracy,
        decided: found.decided,
        right_when_decided: found.right_when_decided,
        picks_first: Some(found.picks_first),
        calls: found.calls,
    })
}

fn gate(page: &mut String, report: &Report) {
    let text = format!(
        "A judge is trusted after {} gold pairs, each asked in both orders, when the lower limit of \
         the one-sided 90 % Wilson interval of its accuracy is above one half and the accuracy \
         reaches the break-even of 0.64.\n\
         With this break-even the second condition is the stricter one; with a lower one the first \
         may be.\n\
         {} draws of {} random pairs for each judge: how often the gate trusts it.\n",
        report.n_gold_pairs, report.n_draws, report.n_gold_pairs
    );
    section(page, "The gate", &text);
    table(page, "| judge | prompt | accuracy on all pairs | trusted |", "|---|---|---:|---:|");
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
    table(page, "| answers | number | decided |", "|---|---:|---:|");
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
    table(
        page,
        "| set | judge | prompt | pairs | one order | accuracy | decided | right | calls | \
         consistent | picks first | no verdict | trusted |",
        "|---|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
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
    table(
        page,
        "| set | judge | pairs | left out, even | accuracy | picks first | no verdict |",
        "|---|---|---:|---:|---:|---:|---:|",
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

fn section(page: &mut String, title: &str, text: &str) {
    let _infallible = writeln!(page, "\n## {title}\n");
    if !text.is_empty() {
        page.push_str(text);
        page.push('\n');
    }
}

fn table(page: &mut String, head: &str, marks: &str) {
    let _infallible = writeln!(page, "{head}\n{marks}");
}

fn row(page: &mut String, cells: &[String]) {
    let _infallible = writeln!(page, "| {} |", cells.join(" | "));
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// Ours and the design's, in per cent.
fn beside(ours: f64, designs: &str) -> String {
    format!("{:.1} / {designs}", ours * 100.0)
}

fn nothing() -> String {
    "-".to_owned()
}
