//! What a run of the suite found.

use std::fmt;

use super::fixture::Able;

/// What a run of the suite found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// The checks that were run, in order.
    pub checks: Vec<Check>,
    /// The checks that were not, because the fixture names no model for them or nobody watches
    /// the upstream.
    pub not_run: Vec<&'static str>,
}

/// One check and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Check {
    /// What was checked, as `stream` or `error of mock/busy`.
    pub name: String,
    /// Whether the provider does it right.
    pub passed: bool,
    /// Whether doing it right is to refuse, because the provider cannot do what was asked.
    pub refuses: bool,
    /// What it did instead.
    pub detail: Option<String>,
}

impl Report {
    /// Whether every check that was run passed.
    pub fn passed(&self) -> bool {
        self.checks.iter().all(|check| check.passed)
    }

    /// The names of the checks that failed.
    pub fn failed(&self) -> Vec<&str> {
        let failed = self.checks.iter().filter(|check| !check.passed);
        failed.map(|check| check.name.as_str()).collect()
    }

    /// Ends the test unless every check that was run passed.
    ///
    /// # Panics
    ///
    /// When a check failed; the message is the report.
    #[track_caller]
    pub fn assert_passed(&self) {
        assert!(self.passed(), "the provider does not conform\n{self}");
    }

    /// How it went, on one line.
    ///
    /// ```
    /// let report = llm_testkit::conformance::Report::default();
    /// assert_eq!(report.line("mine"), "conformance: mine 0 checks, 0 failed, 0 not run");
    /// ```
    pub fn line(&self, provider: &str) -> String {
        let (n_checks, n_failed) = (self.checks.len(), self.failed().len());
        let n_not_run = self.not_run.len();
        format!("conformance: {provider} {n_checks} checks, {n_failed} failed, {n_not_run} not run")
    }

    /// Adds a check of something that a provider can do, or must refuse.
    pub(super) fn add_able(&mut self, name: &str, able: &Able, result: Result<(), String>) {
        self.add(name, result);
        if let Some(check) = self.checks.last_mut() {
            check.refuses = matches!(able, Able::Cannot(_));
        }
    }

    pub(super) fn add(&mut self, name: impl Into<String>, result: Result<(), String>) {
        let (passed, detail) = match result {
            Ok(()) => (true, None),
            Err(detail) => (false, Some(detail)),
        };
        self.checks.push(Check { name: name.into(), passed, refuses: false, detail });
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Check { name, passed, detail, .. } in &self.checks {
            let mark = if *passed { "ok    " } else { "FAILED" };
            write!(formatter, "{mark}  {name}")?;
            match detail {
                Some(detail) => writeln!(formatter, ": {detail}")?,
                None => writeln!(formatter)?,
            }
        }
        self.not_run.iter().try_for_each(|name| writeln!(formatter, "not run {name}"))
    }
}
