//! The environment, read here and nowhere else.

use std::path::PathBuf;

use llm_manager::config::Environment;

use crate::failure::Failure;

/// What is logged: a level, or directives such as `llm_http=trace`.
pub(crate) const LOG: &str = "LLM_LOG";
/// The folder in which every test run gets its own.
pub(crate) const REPORT_DIR: &str = "LLM_REPORT_DIR";

/// Sets what `.env` says and nobody has set, then reads the variables of this process.
///
/// The file is looked for in the working directory and above. Call it before any thread starts.
pub(crate) fn read() -> Result<Environment, Failure> {
    match dotenvy::dotenv() {
        Ok(_) => {}
        Err(error) if error.not_found() => {}
        // The line may hold a secret, so it is not shown.
        Err(dotenvy::Error::LineParse(_, place)) => {
            return Err(Failure::configuration(format!(
                ".env cannot be read: a line is not `NAME=value` (at byte {place} of it)"
            )));
        }
        Err(_) => {
            return Err(Failure::configuration(".env cannot be read: is it a text file?"));
        }
    }
    Ok(Environment::from_process())
}

/// The folder for reports that `LLM_REPORT_DIR` names.
pub(crate) fn report_dir(environment: &Environment) -> Option<PathBuf> {
    environment.get(REPORT_DIR).map(PathBuf::from)
}

/// This program as a person can call it again: as it was called, relative where that is shorter.
/// `cargo xtask` hands its own name on.
pub(crate) fn program() -> String {
    let called = std::env::args_os().next().map(PathBuf::from).unwrap_or_default();
    if called.as_os_str().is_empty() {
        return "llm-manager".to_owned();
    }
    let folder = std::env::current_dir().unwrap_or_default();
    called.strip_prefix(folder).unwrap_or(&called).display().to_string()
}
