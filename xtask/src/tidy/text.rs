//! What every Rust file looks like: how it opens and ends, and what never stays in it.

use anyhow::Result;

use super::{Finding, source};
use crate::workspace::Workspace;

/// What never stays, and the remedy. Put together so that this file does not hold it.
const LEFTOVERS: &[(&str, &str)] = &[
    (concat!("to", "do!("), "write it"),
    (concat!("unimple", "mented!("), "write it"),
    (concat!("db", "g!("), "remove it"),
    (concat!("#[ig", "nore"), "print `skipped: <reason>` and return instead"),
    (concat!("thread::", "sleep"), "use tokio's paused time"),
    (concat!("// TO", "DO"), "do it or say what is so today"),
    (concat!("// FIX", "ME"), "mend it or say what is so today"),
    (concat!("// X", "XX"), "mend it or say what is so today"),
];

/// Where a leftover is right: path, leftover, reason.
const ALLOWED: &[(&str, &str, &str)] = &[(
    "crates/llm-manager/src/state/file.rs",
    concat!("thread::", "sleep"),
    "a thread of its own waits for a file lock, which has no wait with a limit",
)];

/// Every Rust file opens with its sentence, ends with a newline and holds no leftovers.
pub(crate) fn check(workspace: &Workspace) -> Result<Finding> {
    let files = source::rust_files(workspace)?;
    let problems = files.iter().flat_map(|file| problems(&file.path, &file.text)).collect();
    Ok(Finding { summary: format!("{} Rust files", files.len()), problems })
}

fn problems(path: &str, text: &str) -> Vec<String> {
    let mut problems = Vec::new();
    if !text.starts_with("//! ") && !text.starts_with("#![doc = include_str!(") {
        problems.push(format!("{path}:1: it does not open with `//!` and a sentence"));
    }
    if !text.ends_with('\n') || text.ends_with("\n\n") {
        problems.push(format!("{path}: it does not end with one newline; run cargo fmt"));
    }
    for (number, line) in (1..).zip(text.lines()) {
        if line.ends_with([' ', '\t']) {
            problems.push(format!("{path}:{number}: trailing white space; run cargo fmt"));
        }
        for (leftover, remedy) in LEFTOVERS {
            let is_allowed =
                ALLOWED.iter().any(|(place, what, _)| *place == path && what == leftover);
            if line.contains(leftover) && !is_allowed {
                problems.push(format!("{path}:{number}: `{leftover}` stayed; {remedy}"));
            }
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clean_file_has_no_problems() {
        assert!(problems("a.rs", "//! A file.\nfn a() {}\n").is_empty());
        assert!(problems("lib.rs", "#![doc = include_str!(\"../README.md\")]\n").is_empty());
    }

    #[test]
    fn every_fault_is_found_with_its_line() {
        let text = format!("fn a() {{ \n    {}\"b\")\n}}", concat!("to", "do!("));
        let shown = problems("a.rs", &text).join("\n").replace(concat!("to", "do!("), "LEFTOVER");
        insta::assert_snapshot!(shown, @r"
        a.rs:1: it does not open with `//!` and a sentence
        a.rs: it does not end with one newline; run cargo fmt
        a.rs:1: trailing white space; run cargo fmt
        a.rs:2: `LEFTOVER` stayed; write it
        ");
        for (leftover, _) in LEFTOVERS {
            assert_eq!(problems("a.rs", &format!("//! A file.\n{leftover}\n")).len(), 1);
        }
    }
}
