//! What a run proved: the cases of `docs/fault-cases.md` and the rows of the fault table.
//!
//! A case is executed when every test its row names has passed. A row of the fault table is when a
//! test of `llm-manager` named `row_07_…` has. What is neither executed nor `later` is a failure.

use std::{collections::BTreeSet, fs, io};

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

/// Counts the cases and the rows, and counts as failed what is missing.
///
/// # Errors
///
/// When a table cannot be read.
pub(crate) fn add(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    let passed = tally.passed_tests().clone();
    judge_cases(&cases::read(workspace)?, &passed).add(tally);
    match fs::read_to_string(workspace.join(FAULT_TABLE)) {
        Ok(text) => judge_rows(&text, &passed).add(tally),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error).with_context(|| format!("{FAULT_TABLE} cannot be read")),
    }
    Ok(())
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

fn judge_cases(cases: &[Case], passed: &BTreeSet<String>) -> Coverage {
    let (mut n_executed, mut n_later) = (0, 0);
    let mut missing = Vec::new();
    for Case { id, proof, .. } in cases {
        match proof {
            Proof::Later => n_later += 1,
            Proof::Missing => missing.push(format!("case {id}: no test is named")),
            Proof::Tests(tests) => match tests.iter().find(|test| !passed.contains(*test)) {
                None => n_executed += 1,
                Some(test) => missing.push(format!("case {id}: {test} did not run and pass")),
            },
        }
    }
    let n_all = cases.len();
    let line = format!("cases: {n_executed} executed, {n_later} later, {n_all} in all");
    Coverage { line, missing }
}

fn judge_rows(text: &str, passed: &BTreeSet<String>) -> Coverage {
    let executed: BTreeSet<usize> = passed.iter().filter_map(|test| row_of(test)).collect();
    let (mut n_executed, mut n_later) = (0, 0);
    let mut all = BTreeSet::new();
    let mut missing = Vec::new();
    for (_, cells) in table::rows(text) {
        let Some(row) = cells.first().and_then(|number| number.parse::<usize>().ok()) else {
            continue;
        };
        if !all.insert(row) {
            missing.push(format!("fault table: row {row} stands there twice"));
        } else if executed.contains(&row) {
            n_executed += 1;
        } else if cells.last().is_some_and(|cell| table::proof_of(cell) == Proof::Later) {
            n_later += 1;
        } else {
            missing.push(format!("fault table: no test of row {row} ran and passed"));
        }
    }
    let unknown = executed.difference(&all).map(|row| format!("fault table: it has no row {row}"));
    missing.extend(unknown);
    if all.is_empty() {
        missing.push("fault table: it has no rows".to_owned());
    }
    let n_all = all.len();
    let line = format!("fault table: {n_executed} rows executed, {n_later} later, {n_all} in all");
    Coverage { line, missing }
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
                    | A02 | a | b | `c::it::one`, `c::it::skipped` |\n\
                    | A03 | a | b | later: with its provider |\n\
                    | A04 | a | b | trust me |\n";
        let coverage = judge_cases(&cases::parse(text), &names(&["c::it::one", "c::it::two"]));
        assert_eq!(coverage.line, "cases: 1 executed, 1 later, 4 in all");
        insta::assert_snapshot!(coverage.missing.join("\n"), @r"
        case A02: c::it::skipped did not run and pass
        case A04: no test is named
        ");
    }

    #[test]
    fn rows_are_counted_once_by_their_number() {
        let text = "| row | fault | test |\n|---|---|---|\n\
                    | 1 | refused | `row_01_a` |\n\
                    | 2 | lost | later: no gateway |\n\
                    | 3 | cut | `stream_cut`, worth trying later |\n\
                    | 10 | ten | `row_10_a` |\n";
        let passed = names(&[
            "llm-manager::it::fault_rows::a::row_01_refused",
            "llm-manager::it::fault_rows::b::row_01_refused_in_a_stream",
            "llm-manager::it::fault_rows::a::row_10_ten",
            "llm-manager::it::fault_rows::a::row_88_unknown",
            "llm-manager::it::elsewhere::row_03_not_of_the_table",
            "llm-manager::it::fault_rows::a::row_of_ducks",
        ]);
        let coverage = judge_rows(text, &passed);
        assert_eq!(coverage.line, "fault table: 2 rows executed, 1 later, 4 in all");
        insta::assert_snapshot!(coverage.missing.join("\n"), @r"
        fault table: no test of row 3 ran and passed
        fault table: it has no row 88
        ");
        assert_eq!(judge_rows("", &names(&[])).missing, ["fault table: it has no rows"]);
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
