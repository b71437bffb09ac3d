//! Tables in documents, and the tests that their last column names.
//!
//! A proof is one or more test names in backticks, or `later`. A test name is
//! `crate::target::module::function`, or `llm_crewai::module::function` for one in Python.

/// What the last cell of a row says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Proof {
    Later,
    Tests(Vec<String>),
    Missing,
}

/// The rows of every table in `text`, each with the number of its line; headings are left out.
/// `\|` is a character of a cell.
pub(crate) fn rows(text: &str) -> Vec<(usize, Vec<String>)> {
    let lines: Vec<Vec<String>> = text.lines().map(cells).collect();
    let next = lines.iter().skip(1).map(Some).chain([None]);
    (1..)
        .zip(lines.iter().zip(next))
        .filter(|(_, (line, next))| {
            !line.is_empty() && !is_rule(line) && !next.is_some_and(|next| is_rule(next))
        })
        .map(|(number, (line, _))| (number, line.clone()))
        .collect()
}

/// Reads the last cell of a row.
pub(crate) fn proof_of(cell: &str) -> Proof {
    let tests: Vec<String> = cell
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|name| name.contains("::"))
        .map(str::to_owned)
        .collect();
    if !tests.is_empty() {
        Proof::Tests(tests)
    } else if cell.trim_start().starts_with("later") {
        Proof::Later
    } else {
        Proof::Missing
    }
}

/// The cells of a table row; none when the line is not one.
fn cells(line: &str) -> Vec<String> {
    let Some(inner) = line.trim().strip_prefix('|').and_then(|line| line.strip_suffix('|')) else {
        return Vec::new();
    };
    let bar = '\u{0}'.to_string();
    inner.replace("\\|", &bar).split('|').map(|cell| cell.trim().replace(&bar, "|")).collect()
}

/// The line between the names of the columns and the rows.
fn is_rule(cells: &[String]) -> bool {
    let is_rule = |cell: &String| !cell.is_empty() && cell.chars().all(|c| "-: ".contains(c));
    !cells.is_empty() && cells.iter().all(is_rule)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_and_prose_are_no_rows() {
        let text = "| # | a |\n|---|:--|\n| 1 | b \\| c |\n| 2 | `d` |\n\nprose\n\n| # | test |\n|---|---|\n";
        let rows: Vec<String> =
            rows(text).iter().map(|(line, cells)| format!("{line} {}", cells.join(","))).collect();
        assert_eq!(rows, ["3 1,b | c", "4 2,`d`"]);
    }

    #[test]
    fn a_proof_names_tests_or_says_later() {
        let tests = |names: &[&str]| Proof::Tests(names.iter().map(|&name| name.into()).collect());
        assert_eq!(proof_of("`a::it::b`, seen with `--json`"), tests(&["a::it::b"]));
        assert_eq!(proof_of("later: with its provider"), Proof::Later);
        assert_eq!(proof_of("trust me"), Proof::Missing);
        assert_eq!(proof_of(""), Proof::Missing);
    }
}
