//! The seed table: every promise has a test, and the test exists.
//!
//! `docs/seed-coverage.md` holds rows `| # | statement | where | proof |`. A proof is one or more
//! test names in backticks, or `later (…)`. A test name is `crate::target::module::function`:
//!
//! - target `lib` or `bin`: a unit test, by its module under `src/lib.rs` or `src/main.rs`;
//! - any other target, such as `it`: `tests/it/main.rs` or `tests/it.rs`.
//!
//! A test in Python is `llm_crewai::module::function`.

use std::fs;

use anyhow::{Context, Result};

use super::{Finding, locate};
use crate::{
    table::{self, Proof},
    workspace::Workspace,
};

const TABLE: &str = "docs/seed-coverage.md";
const COLUMNS: usize = 4;

/// Every row of the table is proved by tests that exist, or says `later`.
pub(crate) fn check(workspace: &Workspace) -> Result<Finding> {
    let text = fs::read_to_string(workspace.join(TABLE))
        .with_context(|| format!("{TABLE} cannot be read; write the seed table"))?;
    Ok(judge(TABLE, &text, |test| locate::test(workspace, test)))
}

/// Judges the rows of `text`, which is `file` or the part of it with the table.
pub(super) fn judge(
    file: &str,
    text: &str,
    locate: impl Fn(&str) -> Result<(), String>,
) -> Finding {
    let (mut n_rows, mut n_tests, mut n_later) = (0, 0, 0);
    let mut problems = Vec::new();
    for (number, cells) in table::rows(text) {
        n_rows += 1;
        let place = format!("{file}:{number}");
        let [_, _, _, proof] = cells.as_slice() else {
            problems.push(format!("{place}: {} columns, not {COLUMNS}", cells.len()));
            continue;
        };
        match table::proof_of(proof) {
            Proof::Later => n_later += 1,
            Proof::Missing => problems
                .push(format!("{place}: no proof; name a test in backticks or say `later (…)`")),
            Proof::Tests(tests) => {
                n_tests += tests.len();
                problems.extend(tests.iter().filter_map(|test| {
                    locate(test).err().map(|reason| format!("{place}: no test `{test}`: {reason}"))
                }));
            }
        }
    }
    if n_rows == 0 {
        problems.push(format!("{file}: it has no rows `| # | statement | where | proof |`"));
    }
    let summary = format!("{n_rows} statements, {n_tests} tests named, {n_later} later");
    Finding { summary, problems }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "# Seed\n\n| # | statement | where | proof |\n|---|---|---|---|\n";

    fn problems(rows: &str) -> String {
        let locate =
            |test: &str| if test == "a::it::b" { Ok(()) } else { Err("not there".to_owned()) };
        judge(TABLE, &format!("{HEAD}{rows}"), locate).problems.join("\n")
    }

    #[test]
    fn proved_and_postponed_rows_pass() {
        let rows = "| 1 | a \\| b | here | `a::it::b`, seen with `--json` |\n\
                    | 2 | c | - | later (part 3) |\n";
        assert_eq!(problems(rows), "");
    }

    #[test]
    fn what_is_not_proved_is_named() {
        let rows = "| 1 | a | b | `a::it::gone` and `a::it::b` |\n| 2 | a | b | trust me |\n| 3 | a \
                    | `a::it::b` |\n";
        insta::assert_snapshot!(problems(rows), @r"
        docs/seed-coverage.md:5: no test `a::it::gone`: not there
        docs/seed-coverage.md:6: no proof; name a test in backticks or say `later (…)`
        docs/seed-coverage.md:7: 3 columns, not 4
        ");
        insta::assert_snapshot!(problems(""), @"docs/seed-coverage.md: it has no rows `| # | statement | where | proof |`");
    }
}
