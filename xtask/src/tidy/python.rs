//! What every Python file looks like: how it opens and ends, how long it is, what never stays in it.

use anyhow::Result;

use super::{Finding, sizes, source};
use crate::workspace::Workspace;

const QUOTES: &str = "\"\"\"";
/// What never stays, and the remedy. Put together so that this file does not hold it.
const LEFTOVERS: [(&str, &str); 6] = [
    (concat!("break", "point("), "remove it"),
    (concat!("time", ".sleep("), "wait on an event, with a bound"),
    (concat!("mark.", "skip"), "call `pytest.skip` with a reason where something is missing"),
    (concat!("mark.", "xfail"), "mend it or test what is so today"),
    (concat!("# TO", "DO"), "do it or say what is so today"),
    (concat!("# FIX", "ME"), "mend it or say what is so today"),
];

/// Every Python file opens with its sentence, ends with a newline, is not long and holds no
/// leftovers.
pub(crate) fn check(workspace: &Workspace) -> Result<Finding> {
    let mut files = source::files(workspace)?;
    files.retain(source::SourceFile::is_python);
    let problems = files.iter().flat_map(|file| problems(&file.path, &file.text)).collect();
    let longest = files.iter().map(|file| code_lines(&file.text)).max().unwrap_or(0);
    Ok(Finding { summary: format!("{} files, longest {longest}", files.len()), problems })
}

fn problems(path: &str, text: &str) -> Vec<String> {
    let mut problems = Vec::new();
    if !opens_with_a_sentence(text) {
        problems.push(format!("{path}:1: it does not open with a docstring of one sentence"));
    }
    if !text.ends_with('\n') || text.ends_with("\n\n") {
        problems.push(format!("{path}: it does not end with one newline"));
    }
    let n_lines = code_lines(text);
    if n_lines > sizes::MOST {
        let most = sizes::MOST;
        problems.push(format!("{path}: {n_lines} lines of code, at most {most}; split it"));
    }
    for (number, line) in (1..).zip(text.lines()) {
        if line.ends_with([' ', '\t']) {
            problems.push(format!("{path}:{number}: trailing white space"));
        }
        for (leftover, remedy) in LEFTOVERS {
            if line.contains(leftover) {
                problems.push(format!("{path}:{number}: `{leftover}` stayed; {remedy}"));
            }
        }
    }
    problems
}

/// True when a docstring comes first, and its first paragraph ends as a sentence does.
fn opens_with_a_sentence(text: &str) -> bool {
    let Some((docstring, _)) = text.strip_prefix(QUOTES).and_then(|rest| rest.split_once(QUOTES))
    else {
        return false;
    };
    let sentence = docstring.split("\n\n").next().unwrap_or_default().trim();
    sentence.ends_with('.')
}

/// Lines that are neither blank nor comment nor of a docstring.
fn code_lines(text: &str) -> usize {
    let (mut count, mut is_in_docstring) = (0, false);
    for line in text.lines().map(str::trim) {
        let n_quotes = line.matches(QUOTES).count();
        if is_in_docstring {
            is_in_docstring = n_quotes == 0;
        } else if line.starts_with(QUOTES) {
            is_in_docstring = n_quotes == 1;
        } else if !line.is_empty() && !line.starts_with('#') {
            count += 1;
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clean_file_has_no_problems() {
        assert!(problems("a.py", "\"\"\"What it is.\"\"\"\n\nimport os\n").is_empty());
        let long = "\"\"\"What it is, told\nin two lines.\n\nAnd more: see below\n\"\"\"\n";
        assert!(problems("a.py", long).is_empty());
    }

    #[test]
    fn every_fault_is_found_with_its_line() {
        let text = format!("import os \n{}1)", concat!("time", ".sleep("));
        let shown =
            problems("a.py", &text).join("\n").replace(concat!("time", ".sleep("), "LEFTOVER");
        insta::assert_snapshot!(shown, @r"
        a.py:1: it does not open with a docstring of one sentence
        a.py: it does not end with one newline
        a.py:1: trailing white space
        a.py:2: `LEFTOVER` stayed; wait on an event, with a bound
        ");
        for (leftover, _) in LEFTOVERS {
            assert_eq!(problems("a.py", &format!("\"\"\"A file.\"\"\"\n{leftover}\n")).len(), 1);
        }
        let no_sentence = problems("a.py", "\"\"\"a file\"\"\"\n");
        assert_eq!(no_sentence, ["a.py:1: it does not open with a docstring of one sentence"]);
    }

    #[test]
    fn comments_blanks_and_docstrings_are_not_code() {
        let text = "\"\"\"One.\n\nTwo.\n\"\"\"\n\n# Why.\ndef a() -> str:\n    \"\"\"Does it.\"\"\"\n    \
                    return f(\"\"\"x\"\"\")\n";
        assert_eq!(code_lines(text), 2);
        let long = format!("\"\"\"A file.\"\"\"\n{}", "a()\n".repeat(sizes::MOST + 1));
        assert_eq!(problems("a.py", &long), ["a.py: 401 lines of code, at most 400; split it"]);
    }
}
