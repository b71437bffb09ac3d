//! What a run of tests came to.

use std::{collections::BTreeSet, process::ExitCode};

/// Counts, and what there is to say about the tests that did not pass.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    passed: usize,
    failed: usize,
    failures: Vec<String>,
    skips: Vec<String>,
    passed_tests: BTreeSet<String>,
    skipped_tests: BTreeSet<String>,
    notes: Vec<String>,
}

impl Tally {
    /// Counts tests that passed.
    pub(crate) fn pass(&mut self, count: usize) {
        self.passed += count;
    }

    /// Counts one failure; `what` names it.
    pub(crate) fn fail(&mut self, what: impl Into<String>) {
        self.failed += 1;
        self.failures.push(what.into());
    }

    /// Counts one test that was not run; `what` names it and the reason.
    pub(crate) fn skip(&mut self, what: impl Into<String>) {
        self.skips.push(what.into());
    }

    /// Remembers a test that passed, `crate::target::module::function`; it is not counted by this.
    pub(crate) fn remember(&mut self, test: String) {
        self.passed_tests.insert(test);
    }

    /// Remembers a test that was skipped, by the same name; it is not counted by this.
    pub(crate) fn remember_skipped(&mut self, test: String) {
        self.skipped_tests.insert(test);
    }

    /// The names of tests that passed.
    pub(crate) fn passed_tests(&self) -> &BTreeSet<String> {
        &self.passed_tests
    }

    /// The names of tests that were skipped.
    pub(crate) fn skipped_tests(&self) -> &BTreeSet<String> {
        &self.skipped_tests
    }

    /// Adds a line that is shown before the counts, once.
    pub(crate) fn note(&mut self, line: String) {
        if !self.notes.contains(&line) {
            self.notes.push(line);
        }
    }

    /// Adds another run.
    pub(crate) fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.failures.extend(other.failures);
        self.skips.extend(other.skips);
        self.passed_tests.extend(other.passed_tests);
        self.skipped_tests.extend(other.skipped_tests);
        for note in other.notes {
            self.note(note);
        }
    }

    /// True when something ran and nothing failed.
    pub(crate) fn is_good(&self) -> bool {
        self.failed == 0 && self.passed > 0
    }

    pub(crate) fn failed(&self) -> usize {
        self.failed
    }

    /// What there is to say about the tests that did not pass: failures, then skips.
    #[cfg(test)]
    pub(crate) fn complaints(&self) -> Vec<String> {
        self.failures.iter().chain(&self.skips).cloned().collect()
    }

    /// Prints the skips, the failures, the notes and, last, the counts.
    pub(crate) fn report(&self) -> ExitCode {
        println!();
        for skip in &self.skips {
            println!("skipped  {skip}");
        }
        for failure in &self.failures {
            println!("FAILED   {failure}");
        }
        for note in &self.notes {
            println!("{note}");
        }
        println!("{self}");
        if self.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { passed, failed, skips, .. } = self;
        write!(f, "{passed} passed, {failed} failed, {} skipped", skips.len())
    }
}
