//! Which Python is used.

use std::{env, ffi::OsString, process::Command};

use anyhow::{Result, bail};

/// Names the Python to use; it must be one that fits.
const VARIABLE: &str = "LLM_PYTHON";
/// Tried in this order. The version that the frozen list of packages was made with comes first.
const NAMES: [&str; 6] =
    ["python3.11", "python3.12", "python3.13", "python3.10", "python3", "python"];
/// What CrewAI runs on.
const OLDEST: Version = Version(3, 10);
const NEWEST: Version = Version(3, 13);
/// Prints the version and nothing else.
const ASK: &str = "import sys; print(*sys.version_info[:2])";

/// Major and minor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version(pub(crate) u8, pub(crate) u8);

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

/// A Python that fits.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Interpreter {
    pub(crate) program: OsString,
    pub(crate) version: Version,
}

/// The Python to use. `Err(reason)` inside when this system has none that fits.
///
/// # Errors
///
/// When the one that `LLM_PYTHON` names does not fit.
pub(crate) fn find() -> Result<Result<Interpreter, String>> {
    choose(env::var_os(VARIABLE), version_of)
}

fn choose(
    wanted: Option<OsString>,
    version_of: impl Fn(&OsString) -> Option<Version>,
) -> Result<Result<Interpreter, String>> {
    let fits = |version: &Version| (OLDEST..=NEWEST).contains(version);
    if let Some(program) = wanted.filter(|program| !program.is_empty()) {
        let shown = program.display().to_string();
        match version_of(&program) {
            Some(version) if fits(&version) => return Ok(Ok(Interpreter { program, version })),
            Some(version) => {
                bail!("{VARIABLE} names Python {version}; name one of {OLDEST} to {NEWEST}")
            }
            None => bail!("{VARIABLE} names `{shown}`, which cannot be started as a Python"),
        }
    }
    let found = NAMES.into_iter().map(OsString::from).find_map(|program| {
        let version = version_of(&program).filter(fits)?;
        Some(Interpreter { program, version })
    });
    Ok(found.ok_or_else(|| {
        format!("no Python of {OLDEST} to {NEWEST} is installed; {VARIABLE} may name one")
    }))
}

/// `None` when there is no such program or it is no Python, as a launcher without a version behind
/// it.
fn version_of(program: &OsString) -> Option<Version> {
    let output = Command::new(program).args(["-c", ASK]).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let (major, minor) = text.trim().split_once(' ')?;
    output.status.success().then_some(Version(major.parse().ok()?, minor.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is found where these programs are installed.
    fn found(wanted: Option<&str>, installed: &[(&str, u8)]) -> String {
        let version_of = |program: &OsString| {
            let known = installed.iter().find(|(name, _)| program == name)?;
            Some(Version(3, known.1))
        };
        match choose(wanted.map(OsString::from), version_of) {
            Ok(Ok(found)) => format!("{} {}", found.program.display(), found.version),
            Ok(Err(reason)) => reason,
            Err(error) => format!("error: {error}"),
        }
    }

    #[test]
    fn the_first_that_fits_is_taken() {
        let both = [("python3", 12), ("python3.11", 11)];
        assert_eq!(found(None, &both), "python3.11 3.11");
        assert_eq!(found(None, &[("python3", 14), ("python", 10)]), "python 3.10");
        assert_eq!(found(Some(""), &both), "python3.11 3.11");
        let none = "no Python of 3.10 to 3.13 is installed; LLM_PYTHON may name one";
        assert_eq!(found(None, &[("python3", 9)]), none);
    }

    #[test]
    fn a_named_one_must_fit() {
        let installed = [("mine", 13), ("old", 9), ("python3.11", 11)];
        assert_eq!(found(Some("mine"), &installed), "mine 3.13");
        let old = "error: LLM_PYTHON names Python 3.9; name one of 3.10 to 3.13";
        assert_eq!(found(Some("old"), &installed), old);
        let absent = "error: LLM_PYTHON names `absent`, which cannot be started as a Python";
        assert_eq!(found(Some("absent"), &installed), absent);
    }
}
