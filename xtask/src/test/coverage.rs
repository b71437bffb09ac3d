//! What a run proved: the cases of `docs/fault-cases.md` and the rows of the fault table.
//!
//! A case is executed when every test its row names has passed. A row of the fault table is when a
//! test of `llm-manager` named `row_07_…` has. One whose tests passed or were skipped is skipped;
//! `later` are those of a list. Whatever else is not executed is a failure.

use std::{collections::BTreeSet, fmt::Display, fs};

use anyhow::{Context, Result};

use super::tally::Tally;
use crate::{
    cases::{self, Case},
    table::{self, Proof},
    workspace::Workspace,
};

/// The fault table. The number of a row comes first; the last cell of one that cannot be executed
/// yet begins with `later`.
const FAULT_TABLE: &str = "docs/failure-semantics.md";
/// The module that holds the tests of its rows.
const FAULT_ROWS: &str = "llm-manager::it::fault_rows::";

/// The cases that may say `later`: of a gateway and a shared store that do not exist.
const LATER_CASES: [&str; 12] =
    ["J05", "J06", "J07", "J08", "J09", "J10", "J11", "J12", "K05", "K06", "K08", "K09"];
/// The rows of the fault table that may.
const LATER_ROWS: [usize; 6] = [78, 79, 80, 81, 83, 87];

/// Counts the cases and the rows, and counts as failed what is missing.
///
/// # Errors
///
/// When a table cannot be read.
pub(crate) fn add(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    let ran = Ran { passed: tally.passed_tests().clone(), skipped: tally.skipped_tests().clone() };
    judge_cases(&cases::read(workspace)?, &LATER_CASES, &ran).add(tally);
    let rows = fs::read_to_string(workspace.join(FAULT_TABLE))
        .with_context(|| format!("{FAULT_TABLE} cannot be read"))?;
    judge_rows(&rows, &LATER_ROWS, &ran).add(tally);
    Ok(())
}

/// The tests of a run, by name.
#[derive(Debug, Default)]
struct Ran {
    passed: BTreeSet<String>,
    skipped: BTreeSet<String>,
}

/// What a table came to.
#[derive(Debug, Default)]
struct Coverage {
    line: String,
    missing: Vec<String>,
}

impl Coverage {
    fn add(self, tally: &mut Tally) {
        tally.note(self.line);
        for missing in self.missing {
            tally.fail(missing);
        }
    }
}

fn judge_cases(cases: &[Case], may_be_later: &[&str], ran: &Ran) -> Coverage {
    let mut n_executed = 0;
    let (mut skipped, mut later) = (Vec::new(), BTreeSet::new());
    let mut missing = Vec::new();
    for Case { id, proof, .. } in cases {
        match proof {
            Proof::Later => {
                later.insert(id.as_str());
            }
            Proof::Missing => missing.push(format!("case {id}: no test is named")),
            Proof::Tests(tests) => {
                let mut open = tests.iter().filter(|test| !ran.passed.contains(*test)).peekable();
                if open.peek().is_none() {
                    n_executed += 1;
                } else if let Some(test) = open.find(|test| !ran.skipped.contains(*test)) {
                    missing.push(format!("case {id}: {test} did not run and pass"));
                } else {
                    skipped.push(id.as_str());
                }
            }
        }
    }
    missing.extend(unlisted("case", &later, may_be_later));
    let (n_later, n_all) = (later.len(), cases.len());
    let skipped = count_skipped(&skipped);
    let line = format!("cases: {n_executed} executed, {skipped}{n_later} later, {n_all} in all");
    Coverage { line, missing }
}

fn judge_rows(text: &str, may_be_later: &[usize], ran: &Ran) -> Coverage {
    let rows_of = |tests: &BTreeSet<String>| -> BTreeSet<usize> {
        tests.iter().filter_map(|test| row_of(test)).collect()
    };
    let (passed, not_run) = (rows_of(&ran.passed), rows_of(&ran.skipped));
    let mut n_executed = 0;
    let (mut skipped, mut later) = (Vec::new(), BTreeSet::new());
    let mut all = BTreeSet::new();
    let mut missing = Vec::new();
    for (_, cells) in table::rows(text) {
        let Some(row) = cells.first().and_then(|number| number.parse::<usize>().ok()) else {
            continue;
        };
        if !all.insert(row) {
            missing.push(format!("fault table: row {row} stands there twice"));
        } else if not_run.contains(&row) {
            skipped.push(row);
        } else if passed.contains(&row) {
            n_executed += 1;
        } else if cells.last().is_some_and(|cell| table::proof_of(cell) == Proof::Later) {
            later.insert(row);
        } else {
            missing.push(format!("fault table: no test of row {row} ran and passed"));
        }
    }
    let tested = passed.union(&not_run).copied().collect::<BTreeSet<_>>();
    let unknown = tested.difference(&all).map(|row| format!("fault table: it has no row {row}"));
    missing.extend(unknown);
    missing.extend(unlisted("fault table: row", &later, may_be_later));
    if all.is_empty() {
        missing.push("fault table: it has no rows".to_owned());
    }
    let (n_later, n_all) = (later.len(), all.len());
    let skipped = count_skipped(&skipped);
    let line = format!(
        "fault table: {n_executed} rows executed, {skipped}{n_later} later, {n_all} in all"
    );
    Coverage { line, missing }
}

/// What says `later` and may not, and what may and does not.
fn unlisted<T: Copy + Display + Ord>(what: &str, later: &BTreeSet<T>, listed: &[T]) -> Vec<String> {
    let listed: BTreeSet<T> = listed.iter().copied().collect();
    let new = later.difference(&listed);
    let new = new.map(|one| format!("{what} {one}: `later` is not for new ones"));
    let gone = listed.difference(later);
    let gone = gone.map(|one| format!("{what} {one}: it is not `later` any more, unlist it"));
    new.chain(gone).collect()
}

/// `2 skipped (A06, A07), ` or nothing.
fn count_skipped<T: ToString>(skipped: &[T]) -> String {
    if skipped.is_empty() {
        return String::new();
    }
    let names: Vec<String> = skipped.iter().map(ToString::to_string).collect();
    format!("{} skipped ({}), ", names.len(), names.join(", "))
}

/// The row a test proves: `llm-manager::it::fault_rows::…::row_07_…` is of row 7.
fn row_of(test: &str) -> Option<usize> {
    let name = test.strip_prefix(FAULT_ROWS)?.rsplit("::").next()?;
    let (number, _) = name.strip_prefix("row_")?.split_once('_')?;
    number.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn a_case_is_executed_when_all_its_tests_passed() {
        let text = "| id | a | b | test |\n|---|---|---|---|\n\
                    | A01 | a | b | `c::it::one`, `c::it::two` |\n\
                    | A02 | a | b | `c::it::one`, `c::it::absent` |\n\
                    | A03 | a | b | later: with its provider |\n\
                    | A04 | a | b | trust me |\n\
                    | A05 | a | b | `c::it::one`, `c::it::skipped` |\n\
                    | A06 | a | b | `c::it::skipped`, `c::it::absent` |\n";
        let passed = names(&["c::it::one", "c::it::two"]);
        let ran = Ran { passed, skipped: names(&["c::it::skipped"]) };
        let coverage = judge_cases(&cases::parse(text), &["A03"], &ran);
        assert_eq!(coverage.line, "cases: 1 executed, 1 skipped (A05), 1 later, 6 in all");
        insta::assert_snapshot!(coverage.missing.join("\n"), @r"
        case A02: c::it::absent did not run and pass
        case A04: no test is named
        case A06: c::it::absent did not run and pass
        ");
    }

    #[test]
    fn later_is_for_those_of_a_list_and_the_list_for_those_that_are_later() {
        let cases = cases::parse(
            "| id | a | b | test |\n|---|---|---|---|\n\
             | A01 | a | b | later: some day |\n\
             | A02 | a | b | `c::it::one` |\n",
        );
        let ran = Ran { passed: names(&["c::it::one"]), ..Ran::default() };
        insta::assert_snapshot!(judge_cases(&cases, &["A02"], &ran).missing.join("\n"), @r"
        case A01: `later` is not for new ones
        case A02: it is not `later` any more, unlist it
        ");
        let rows = "| row | test |\n|---|---|\n| 1 | later: some day |\n";
        assert_eq!(
            judge_rows(rows, &[], &ran).missing,
            ["fault table: row 1: `later` is not for new ones"]
        );
    }

    #[test]
    fn rows_are_counted_once_by_their_number() {
        let text = "| row | fault | test |\n|---|---|---|\n\
                    | 1 | refused | `row_01_a` |\n\
                    | 2 | lost | later: no gateway |\n\
                    | 3 | cut | `stream_cut`, worth trying later |\n\
                    | 4 | skipped | `row_04_a` |\n\
                    | 10 | ten | `row_10_a` |\n";
        let passed = names(&[
            "llm-manager::it::fault_rows::a::row_01_refused",
            "llm-manager::it::fault_rows::b::row_01_refused_in_a_stream",
            "llm-manager::it::fault_rows::a::row_10_ten",
            "llm-manager::it::fault_rows::a::row_88_unknown",
            "llm-manager::it::elsewhere::row_03_not_of_the_table",
            "llm-manager::it::fault_rows::a::row_of_ducks",
        ]);
        let skipped = names(&["llm-manager::it::fault_rows::a::row_04_skipped"]);
        let coverage = judge_rows(text, &[2], &Ran { passed, skipped });
        let line = "fault table: 2 rows executed, 1 skipped (4), 1 later, 5 in all";
        assert_eq!(coverage.line, line);
        insta::assert_snapshot!(coverage.missing.join("\n"), @r"
        fault table: no test of row 3 ran and passed
        fault table: it has no row 88
        ");
        let nothing = judge_rows("", &[], &Ran::default());
        assert_eq!(nothing.missing, ["fault table: it has no rows"]);
    }

    #[test]
    fn what_is_missing_fails_the_run_and_is_named() {
        let mut tally = Tally::default();
        tally.pass(1);
        let line = "cases: 0 executed, 0 later, 1 in all".to_owned();
        Coverage { line, missing: vec!["case A01: no test is named".to_owned()] }.add(&mut tally);
        assert!(!tally.is_good());
        assert_eq!(tally.to_string(), "1 passed, 1 failed, 0 skipped");
    }
}
