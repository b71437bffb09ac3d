//! File sizes: a long file is two things in one room.

use anyhow::Result;

use super::{Finding, source};
use crate::workspace::Workspace;

/// At most so many lines of code in a file.
pub(super) const MOST: usize = 400;
const MOST_MEDIAN: usize = 120;
const MOST_P90: usize = 250;

/// No source file is long, and most are short; tests do not count.
pub(crate) fn check(workspace: &Workspace) -> Result<Finding> {
    let sizes = source::rust_files(workspace)?
        .into_iter()
        .filter(|file| is_measured(&file.path))
        .map(|file| (code_lines(&file.text), file.path))
        .collect();
    Ok(judge(sizes))
}

fn judge(mut sizes: Vec<(usize, String)>) -> Finding {
    sizes.sort();
    let (median, p90) = (percentile(&sizes, 50), percentile(&sizes, 90));
    let mut problems: Vec<String> = sizes
        .iter()
        .filter(|(lines, _)| *lines > MOST)
        .map(|(lines, path)| format!("{path}: {lines} lines of code, at most {MOST}; split it"))
        .collect();
    for (name, value, most) in [("median", median, MOST_MEDIAN), ("p90", p90, MOST_P90)] {
        if value > most {
            problems.push(format!("the {name} is {value} lines of code, at most {most}"));
        }
    }
    let summary = format!(
        "{} files, median {median}, p90 {p90}, longest {}",
        sizes.len(),
        sizes.last().map_or(0, |(lines, _)| *lines)
    );
    Finding { summary, problems }
}

fn is_measured(path: &str) -> bool {
    let is_source = path.starts_with("xtask/src/")
        || path.strip_prefix("crates/").is_some_and(|rest| rest.contains("/src/"));
    is_source && !path.ends_with("/tests.rs")
}

/// Lines that are neither blank nor comment, up to the module of tests.
fn code_lines(text: &str) -> usize {
    let mut count = 0;
    let mut lines = text.lines().map(str::trim).peekable();
    while let Some(line) = lines.next() {
        if line == "#[cfg(test)]" && lines.peek().is_some_and(|next| next.starts_with("mod ")) {
            break;
        }
        if !line.is_empty() && !line.starts_with("//") {
            count += 1;
        }
    }
    count
}

/// The nearest-rank percentile of sorted sizes.
fn percentile(sizes: &[(usize, String)], percent: usize) -> usize {
    let rank = (sizes.len() * percent).div_ceil(100);
    sizes.get(rank.saturating_sub(1)).map_or(0, |(lines, _)| *lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_blanks_and_tests_are_not_code() {
        let text = "//! Docs.\n\n/// More.\nfn a() {\n    // Why.\n    b();\n}\n\n#[cfg(test)]\nfn \
                    helper() {}\n\n#[cfg(test)]\nmod tests {\n    fn c() {}\n}\n";
        assert_eq!(code_lines(text), 5);
    }

    #[test]
    fn long_files_and_a_high_middle_are_problems() {
        let long =
            vec![(10, "a.rs".to_owned()), (130, "b.rs".to_owned()), (401, "c.rs".to_owned())];
        insta::assert_snapshot!(judge(long).problems.join("\n"), @r"
        c.rs: 401 lines of code, at most 400; split it
        the median is 130 lines of code, at most 120
        the p90 is 401 lines of code, at most 250
        ");
        let short = (1..=20).map(|lines| (lines * 10, format!("{lines}.rs"))).collect();
        let finding = judge(short);
        assert!(finding.problems.is_empty());
        assert_eq!(finding.summary, "20 files, median 100, p90 180, longest 200");
    }

    #[test]
    fn only_sources_are_measured() {
        assert!(is_measured("crates/llm-core/src/error.rs"));
        assert!(is_measured("xtask/src/main.rs"));
        assert!(!is_measured("crates/llm-core/tests/it/main.rs"));
        assert!(!is_measured("crates/llm-core/src/error/tests.rs"));
    }
}
