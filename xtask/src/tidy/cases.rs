//! The table of cases: every case has a place in its section and a test, and the test exists.

use anyhow::Result;

use super::{Finding, locate};
use crate::{
    cases::{self, Case, TABLE},
    table::Proof,
    workspace::Workspace,
};

/// Every case is proved by tests that exist, or says `later: reason`; none is left out.
pub(crate) fn check(workspace: &Workspace) -> Result<Finding> {
    Ok(judge(&cases::read(workspace)?, |test| locate::test(workspace, test)))
}

fn judge(cases: &[Case], locate: impl Fn(&str) -> Result<(), String>) -> Finding {
    let (mut n_tests, mut n_later) = (0, 0);
    let mut problems = Vec::new();
    let mut before: Option<&str> = None;
    for case in cases {
        let place = format!("{TABLE}:{}", case.line);
        if !case.has_all_columns() {
            problems.push(format!("{place}: {} columns, not 4", case.n_columns));
            continue;
        }
        if !follows(before, &case.id) {
            let before = before.unwrap_or("the beginning");
            problems.push(format!("{place}: `{}` does not follow {before}", case.id));
        }
        before = Some(&case.id);
        match &case.proof {
            Proof::Later if case.cell.starts_with("later: ") => n_later += 1,
            Proof::Later => problems.push(format!("{place}: say why, `later: reason`")),
            Proof::Missing => problems.push(format!(
                "{place}: no proof; name a test in backticks or say `later: reason`"
            )),
            Proof::Tests(tests) => {
                n_tests += tests.len();
                problems.extend(tests.iter().filter_map(|test| {
                    locate(test).err().map(|reason| format!("{place}: no test `{test}`: {reason}"))
                }));
            }
        }
    }
    if cases.is_empty() {
        problems.push(format!("{TABLE}: it has no rows"));
    }
    let summary = format!("{} cases, {n_tests} tests named, {n_later} later", cases.len());
    Finding { summary, problems }
}

/// True when `id` comes right after `before`: the next number, or the first one of a later section.
fn follows(before: Option<&str>, id: &str) -> bool {
    match (before.map(split), split(id)) {
        (_, None) => false,
        (Some(Some((before, number))), Some((section, next))) if section == before => {
            next == number + 1
        }
        (Some(Some((before, _))), Some((section, next))) => section > before && next == 1,
        (None | Some(None), Some((_, next))) => next == 1,
    }
}

/// `B07` as its section and its number.
fn split(id: &str) -> Option<(char, usize)> {
    let mut characters = id.chars();
    let section = characters.next().filter(char::is_ascii_uppercase)?;
    let number = characters.as_str();
    (number.len() == 2).then(|| Some((section, number.parse().ok()?))).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str =
        "## A\n\n| id | what happens | what must follow | test |\n|---|---|---|---|\n";

    fn problems(rows: &str) -> String {
        let locate =
            |test: &str| if test == "a::it::b" { Ok(()) } else { Err("not there".to_owned()) };
        judge(&cases::parse(&format!("{HEAD}{rows}")), locate).problems.join("\n")
    }

    #[test]
    fn proved_and_postponed_cases_pass() {
        let rows = "| A01 | a | b | `a::it::b` |\n| A02 | a | b | later: no store yet |\n| B01 | a | b | \
                    `a::it::b`, `a::it::b` |\n";
        assert_eq!(problems(rows), "");
    }

    #[test]
    fn what_is_not_proved_or_out_of_place_is_named() {
        let rows = "| A02 | a | b | `a::it::gone` and `a::it::b` |\n| A03 | a | b | trust me |\n| A05 \
                    | a | b | later |\n| A05 | a | b | `a::it::b` |\n| A6 | a | b | `a::it::b` |\n| A07 \
                    | a | `a::it::b` |\n";
        insta::assert_snapshot!(problems(rows), @r"
        docs/fault-cases.md:5: `A02` does not follow the beginning
        docs/fault-cases.md:5: no test `a::it::gone`: not there
        docs/fault-cases.md:6: no proof; name a test in backticks or say `later: reason`
        docs/fault-cases.md:7: `A05` does not follow A03
        docs/fault-cases.md:7: say why, `later: reason`
        docs/fault-cases.md:8: `A05` does not follow A05
        docs/fault-cases.md:9: `A6` does not follow A05
        docs/fault-cases.md:10: 3 columns, not 4
        ");
        assert_eq!(problems(""), "docs/fault-cases.md: it has no rows");
    }
}
