//! Reads what `cargo test -- --show-output` prints.
//!
//! A test that cannot run prints a line `skipped: REASON` and returns; it then counts as skipped
//! and not as passed. The lines that the conformance suite prints of a provider are shown before
//! the counts.

use std::collections::BTreeMap;

use super::tally::Tally;

const SKIP_MARK: &str = "skipped: ";
const NOTE_MARK: &str = "conformance: ";

/// Turns the lines of one cargo run, stdout and stderr in order, into a [`Tally`].
#[derive(Debug, Default)]
pub(crate) struct Reader {
    /// Executable, as cargo names it, to a name for people.
    names: BTreeMap<String, String>,
    binary: String,
    /// True between `running N tests` and `test result:`.
    is_running: bool,
    section: Section,
    passed_tests: Vec<String>,
    failed_tests: Vec<String>,
    skipped_tests: Vec<(String, String)>,
    tally: Tally,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum Section {
    #[default]
    Progress,
    /// The output of tests that passed, with the test it belongs to.
    Successes(Option<String>),
    /// The names of tests that passed.
    Passed,
    /// The output of tests that failed.
    Failures,
}

impl Reader {
    /// A reader that knows the binaries of `names` by the paths cargo prints.
    pub(crate) fn new(names: BTreeMap<String, String>) -> Self {
        Self { names, ..Self::default() }
    }

    /// Takes one line; true when it is worth showing. The output of tests that passed is not.
    pub(crate) fn line(&mut self, line: &str) -> bool {
        if let Some(binary) = self.started_binary(line) {
            self.end_binary();
            self.binary = binary;
            return true;
        }
        if is_start_of_tests(line) && self.section == Section::Progress {
            self.end_binary();
            self.is_running = true;
            return true;
        }
        if let Some(counts) = line.strip_prefix("test result: ") {
            self.count(counts);
            return true;
        }
        match line {
            "successes:" if self.is_running => self.successes(),
            "failures:" if self.is_running => self.section = Section::Failures,
            _ => self.line_of_section(line),
        }
        !matches!(self.section, Section::Successes(_) | Section::Passed)
    }

    /// The counts, once cargo has ended, well or not.
    pub(crate) fn finish(mut self, ended_well: bool) -> Tally {
        self.end_binary();
        if !ended_well && self.tally.failed() == 0 {
            self.tally.fail("cargo test: it failed without a failing test, see above");
        }
        self.tally
    }

    /// The heading comes twice: before what the tests printed and before their names. The last list
    /// under it is libtest's own, whatever a test printed.
    fn successes(&mut self) {
        self.passed_tests.clear();
        self.section = match self.section {
            Section::Successes(_) | Section::Passed => Section::Passed,
            Section::Progress | Section::Failures => Section::Successes(None),
        };
    }

    fn line_of_section(&mut self, line: &str) {
        match &mut self.section {
            Section::Progress => self.line_of_progress(line),
            Section::Successes(test) => {
                if let Some(name) = captured_test(line) {
                    *test = Some(name.to_owned());
                } else if let Some(reason) = line.trim().strip_prefix(SKIP_MARK)
                    && let Some(name) = test.take()
                {
                    self.skipped_tests.push((name, reason.to_owned()));
                } else if line.starts_with(NOTE_MARK) {
                    self.tally.note(line.to_owned());
                }
            }
            Section::Passed => {
                self.passed_tests.extend(line.strip_prefix("    ").map(str::to_owned));
            }
            Section::Failures => {}
        }
    }

    fn line_of_progress(&mut self, line: &str) {
        let Some((name, result)) =
            line.strip_prefix("test ").and_then(|rest| rest.rsplit_once(" ... "))
        else {
            return;
        };
        if result.starts_with("FAILED") {
            self.failed_tests.push(name.to_owned());
        } else if let Some(reason) = result.strip_prefix("ignored") {
            let reason = reason.trim_start_matches(", ");
            let reason = if reason.is_empty() { "ignored in the source" } else { reason };
            self.tally.skip(format!("{} {name}: {reason}", self.binary));
        }
    }

    /// Counts by the summary, which is right even where a progress line was torn apart.
    fn count(&mut self, counts: &str) {
        let number = |label: &str| {
            counts
                .split(['.', ';'])
                .filter_map(|part| part.trim().strip_suffix(label))
                .find_map(|number| number.trim().parse::<usize>().ok())
                .unwrap_or(0)
        };
        let n_skipped = self.skipped_tests.len();
        self.tally.pass(number("passed").saturating_sub(n_skipped));
        for name in std::mem::take(&mut self.passed_tests) {
            if !self.skipped_tests.iter().any(|(skipped, _)| *skipped == name) {
                self.tally.remember(format!("{}::{name}", self.binary));
            }
        }
        for (name, reason) in std::mem::take(&mut self.skipped_tests) {
            self.tally.skip(format!("{} {name}: {reason}", self.binary));
            self.tally.remember_skipped(format!("{}::{name}", self.binary));
        }
        let mut names = std::mem::take(&mut self.failed_tests).into_iter();
        for _ in 0..number("failed") {
            let name = names.next().unwrap_or_else(|| "a test, see above".to_owned());
            self.tally.fail(format!("{} {name}", self.binary));
        }
        self.is_running = false;
        self.section = Section::Progress;
    }

    /// A binary that ends without a summary has crashed.
    fn end_binary(&mut self) {
        if self.is_running {
            self.tally.fail(format!("{}: it crashed before its summary", self.binary));
        }
        self.is_running = false;
        self.section = Section::Progress;
        self.passed_tests.clear();
        self.failed_tests.clear();
        self.skipped_tests.clear();
    }

    fn started_binary(&self, line: &str) -> Option<String> {
        if let Some(library) = line.strip_prefix("   Doc-tests ") {
            return Some(format!("{}::doc", library.replace('_', "-")));
        }
        let (source, rest) = line.strip_prefix("     Running ")?.rsplit_once(" (")?;
        let executable = rest.strip_suffix(')')?;
        Some(self.names.get(executable).cloned().unwrap_or_else(|| source.to_owned()))
    }
}

fn is_start_of_tests(line: &str) -> bool {
    line.strip_prefix("running ")
        .and_then(|rest| rest.strip_suffix(" tests").or_else(|| rest.strip_suffix(" test")))
        .is_some_and(|count| count.parse::<usize>().is_ok())
}

fn captured_test(line: &str) -> Option<&str> {
    line.strip_prefix("---- ")?.strip_suffix(" stdout ----")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, ended_well: bool) -> (Tally, String) {
        let names = [("target/debug/deps/it-1".to_owned(), "llm-core::it".to_owned())];
        let mut reader = Reader::new(names.into());
        let shown: Vec<&str> = text.lines().filter(|line| reader.line(line)).collect();
        (reader.finish(ended_well), shown.join("\n"))
    }

    #[test]
    fn skips_are_not_passes_and_successes_are_not_shown() {
        let text = "     Running tests/it/main.rs (target/debug/deps/it-1)

running 3 tests
test a::runs ... ok
test a::needs_data ... ok
test a::later ... ignored, not on this system

successes:

---- a::runs stdout ----
it says skipped: in the middle of a line
running 9 tests

---- a::needs_data stdout ----
skipped: no reference data
skipped: said twice, counted once

successes:
    a::needs_data
    a::runs

test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s
";
        let (tally, shown) = read(text, true);
        let mut expected = Tally::default();
        expected.pass(1);
        expected.skip("llm-core::it a::later: not on this system");
        expected.skip("llm-core::it a::needs_data: no reference data");
        expected.remember_skipped("llm-core::it::a::needs_data".to_owned());
        expected.remember("llm-core::it::a::runs".to_owned());
        assert_eq!(tally, expected);
        assert_eq!(tally.to_string(), "1 passed, 0 failed, 2 skipped");
        assert!(!shown.contains("---- a::runs"), "{shown}");
        assert!(shown.contains("test result: ok. 2 passed"), "{shown}");
    }

    #[test]
    fn what_the_suite_says_of_a_provider_is_noted_once() {
        let text = "     Running tests/it/main.rs (target/debug/deps/it-1)

running 1 test
test a::conforms ... ok

successes:

---- a::conforms stdout ----
conformance: mine 3 checks, 0 failed, 0 not run
ok      answer


successes:
    a::conforms

test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
";
        let (mut tally, _) = read(text, true);
        tally.add(read(text, true).0);
        let mut expected = Tally::default();
        expected.pass(2);
        expected.remember("llm-core::it::a::conforms".to_owned());
        expected.note("conformance: mine 3 checks, 0 failed, 0 not run".to_owned());
        assert_eq!(tally, expected);
    }

    #[test]
    fn failures_are_named_and_their_output_is_shown() {
        let text = "   Doc-tests llm_http

running 2 tests
test src/a.rs - a (line 3) ... ok
test src/b.rs - b (line 9) ... FAILED

successes:

successes:
    src/a.rs - a (line 3)

failures:

---- src/b.rs - b (line 9) stdout ----
skipped: a test that fails is not skipped

failures:
    src/b.rs - b (line 9)

test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.1s
";
        let (tally, shown) = read(text, false);
        let mut expected = Tally::default();
        expected.pass(1);
        expected.remember("llm-http::doc::src/a.rs - a (line 3)".to_owned());
        expected.fail("llm-http::doc src/b.rs - b (line 9)");
        assert_eq!(tally, expected);
        assert!(shown.contains("a test that fails is not skipped"), "{shown}");
    }

    #[test]
    fn what_a_test_prints_never_passes_for_a_test() {
        let text = "     Running tests/it/main.rs (target/debug/deps/it-1)

running 2 tests
test a::talks ... ok
test a::silent ... ok

successes:

---- a::talks stdout ----
successes:
    a::never_ran

successes:
    a::silent
    a::talks

test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
";
        let (tally, _) = read(text, true);
        let names: Vec<_> = tally.passed_tests().iter().map(String::as_str).collect();
        assert_eq!(names, ["llm-core::it::a::silent", "llm-core::it::a::talks"]);
    }

    #[test]
    fn a_crash_is_a_failure_whatever_follows() {
        let text = "     Running tests/it/main.rs (target/debug/deps/it-1)

running 2 tests
test a::runs ... ok
error: test failed, to rerun pass `-p llm-core --test it`
     Running tests/other.rs (target/debug/deps/other-2)

running 1 test
test b ... ok

test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
";
        let (tally, _) = read(text, false);
        assert_eq!(tally.to_string(), "1 passed, 1 failed, 0 skipped");
        assert!(!tally.is_good());
    }

    #[test]
    fn a_run_that_fails_silently_is_a_failure() {
        let (tally, _) = read("error: could not compile `llm-core`\n", false);
        assert_eq!(tally.to_string(), "0 passed, 1 failed, 0 skipped");
        let (tally, _) = read("", true);
        assert!(!tally.is_good(), "a run of nothing is not good");
    }
}
