//! Reads the report that pytest writes of a run, in the format of `JUnit`.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use roxmltree::{Document, Node};

use crate::{python_tests::PACKAGE, test::tally::Tally};

/// The tests of a report. A test of a table of values is remembered by its function, and only when
/// every row of the table passed.
///
/// # Errors
///
/// When it is no such report or holds no test.
pub(super) fn read(text: &str) -> Result<Tally> {
    let document = Document::parse(text).context("pytest's report is no XML")?;
    let mut tally = Tally::default();
    let (mut passed, mut skipped, mut failed) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let mut n_tests = 0;
    for case in document.descendants().filter(|node| node.has_tag_name("testcase")) {
        n_tests += 1;
        let name = name_of(case);
        let function = name.split('[').next().unwrap_or(&name).to_owned();
        // A test that passes may fail in what comes after it: then both are told.
        if let Some(failure) = child(case, &["failure", "error"]) {
            tally.fail(format!("{name}: {}", message_of(failure)));
            failed.insert(function);
        } else if let Some(skip) = child(case, &["skipped"]) {
            tally.skip(format!("{name}: {}", message_of(skip)));
            skipped.insert(function);
        } else {
            tally.pass(1);
            passed.insert(function);
        }
    }
    ensure!(n_tests > 0, "pytest ran no test");
    for name in skipped.difference(&failed) {
        tally.remember_skipped(name.clone());
    }
    for name in passed.iter().filter(|name| !skipped.contains(*name) && !failed.contains(*name)) {
        tally.remember(name.clone());
    }
    Ok(tally)
}

/// `llm_crewai::test_module::test_function`, with the row of a table in brackets. A file that cannot
/// be imported stands there without a class.
fn name_of(case: Node<'_, '_>) -> String {
    let class = case.attribute("classname").unwrap_or_default();
    let modules = class.split('.').filter(|part| !part.is_empty());
    let name = case.attribute("name").unwrap_or_default();
    let parts: Vec<&str> = [PACKAGE].into_iter().chain(modules).chain([name]).collect();
    parts.join("::")
}

fn child<'a, 'input>(case: Node<'a, 'input>, names: &[&str]) -> Option<Node<'a, 'input>> {
    case.children().find(|node| names.iter().any(|name| node.has_tag_name(*name)))
}

/// Its first line.
fn message_of<'a>(node: Node<'a, '_>) -> &'a str {
    let message = node.attribute("message").unwrap_or_default();
    message.lines().next().filter(|line| !line.is_empty()).unwrap_or("see above")
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<testsuites name="pytest tests"><testsuite name="pytest" errors="2" failures="1" skipped="2" tests="8">
<testcase classname="test_a" name="test_passes" time="0.1" />
<testcase classname="test_a" name="test_rows[one]" time="0.1" />
<testcase classname="test_a" name="test_rows[a::b]" time="0.1"><failure message="assert 1 == 2&#10; + more">def</failure></testcase>
<testcase classname="deep.test_b" name="test_table[1]" time="0.1" />
<testcase classname="deep.test_b" name="test_table[2]" time="0.1" />
<testcase classname="test_a" name="test_needs_data" time="0.1"><skipped type="pytest.skip" message="LLM_REFERENCE_DATA is not set">f.py:1</skipped></testcase>
<testcase classname="test_a" name="test_half[1]" time="0.1" />
<testcase classname="test_a" name="test_half[2]" time="0.1"><skipped type="pytest.skip" message="not on this system">f.py:1</skipped></testcase>
<testcase classname="test_a" name="test_ends_badly" time="0.1" />
<testcase classname="test_a" name="test_ends_badly" time="0.1"><error message="failed on teardown with &quot;boom&quot;">f</error></testcase>
<testcase classname="" name="test_c" time="0.0"><error message="collection failure">ImportError</error></testcase>
</testsuite></testsuites>"#;

    #[test]
    fn tests_are_counted_and_remembered_by_their_name() {
        let tally = read(REPORT).unwrap();
        assert_eq!(tally.to_string(), "6 passed, 3 failed, 2 skipped");
        let names = |names: &BTreeSet<String>| names.iter().cloned().collect::<Vec<_>>().join("\n");
        insta::assert_snapshot!(names(tally.passed_tests()), @r"
        llm_crewai::deep::test_b::test_table
        llm_crewai::test_a::test_passes
        ");
        insta::assert_snapshot!(names(tally.skipped_tests()), @r"
        llm_crewai::test_a::test_half
        llm_crewai::test_a::test_needs_data
        ");
        insta::assert_snapshot!(tally.complaints().join("\n"), @r#"
        llm_crewai::test_a::test_rows[a::b]: assert 1 == 2
        llm_crewai::test_a::test_ends_badly: failed on teardown with "boom"
        llm_crewai::test_c: collection failure
        llm_crewai::test_a::test_needs_data: LLM_REFERENCE_DATA is not set
        llm_crewai::test_a::test_half[2]: not on this system
        "#);
    }

    #[test]
    fn a_report_without_tests_is_an_error() {
        let empty = "<testsuites><testsuite tests=\"0\"></testsuite></testsuites>";
        assert_eq!(read(empty).unwrap_err().to_string(), "pytest ran no test");
        assert!(read("collected 0 items").is_err());
    }
}
