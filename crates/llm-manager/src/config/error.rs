//! Why there is no configuration.

use std::fmt;

use super::diagnostic::{Diagnostic, Severity};

/// Why a configuration cannot be used. Prints its errors, one a line.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConfigError {
    /// Every problem found, warnings and notes among them, in the order of the files.
    pub diagnostics: Vec<Diagnostic>,
}

impl ConfigError {
    pub(crate) fn new(diagnostics: Vec<Diagnostic>) -> Self {
        Self { diagnostics }
    }
}

impl From<Diagnostic> for ConfigError {
    fn from(problem: Diagnostic) -> Self {
        Self::new(vec![problem])
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let errors = self.diagnostics.iter().filter(|problem| problem.severity == Severity::Error);
        for (number, error) in errors.enumerate() {
            if number > 0 {
                formatter.write_str("\n")?;
            }
            write!(formatter, "{error}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}
