//! The checklist of the contract with `CrewAI`: every point has a test, and the test exists.
//!
//! It is the last section of `docs/crewai.md`, with rows as those of the seed table.

use std::fs;

use anyhow::{Context, Result};

use super::{Finding, locate, seed};
use crate::workspace::Workspace;

const PAGE: &str = "docs/crewai.md";
const HEADING: &str = "## Checklist";

/// Every point is proved by tests that exist, or says `later`.
pub(crate) fn check(workspace: &Workspace) -> Result<Finding> {
    let text = fs::read_to_string(workspace.join(PAGE))
        .with_context(|| format!("{PAGE} cannot be read"))?;
    Ok(seed::judge(PAGE, &section(&text), |test| locate::test(workspace, test)))
}

/// The section, with nothing in the lines before it, so that a line keeps its number.
fn section(text: &str) -> String {
    let mut lines = text.lines().peekable();
    let mut section = String::new();
    while lines.next_if(|line| *line != HEADING).is_some() {
        section.push('\n');
    }
    section.extend(lines.flat_map(|line| [line, "\n"]));
    section
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE_TEXT: &str = "# Page\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n## Checklist\n\n\
        | # | point | how | proof |\n|---|---|---|---|\n| 1 | a | b | `a::it::b` |\n\
        | 2 | a | b | trust me |\n";

    fn problems(text: &str) -> String {
        seed::judge(PAGE, &section(text), |_| Ok(())).problems.join("\n")
    }

    #[test]
    fn other_tables_of_the_page_are_not_judged_and_lines_keep_their_numbers() {
        insta::assert_snapshot!(problems(PAGE_TEXT), @"docs/crewai.md:12: no proof; name a test in backticks or say `later (…)`");
    }

    #[test]
    fn a_page_without_a_checklist_is_a_problem() {
        insta::assert_snapshot!(problems("# Page\n"), @"docs/crewai.md: it has no rows `| # | statement | where | proof |`");
    }
}
