//! Why the program ends without a result.

use crate::exit::Exit;

/// Why the program ends without a result: an exit code, and what to say about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    exit: Exit,
    text: String,
}

impl Failure {
    /// A fault of this program or of the machine under it.
    pub(crate) fn internal(text: impl std::fmt::Display) -> Self {
        Self { exit: Exit::Internal, text: format!("error: {text}") }
    }

    /// The command line asks for something that is not there.
    pub(crate) fn usage(text: impl std::fmt::Display) -> Self {
        Self { exit: Exit::Usage, text: format!("error: {text}") }
    }

    /// The configuration is wrong.
    pub(crate) fn configuration(text: impl std::fmt::Display) -> Self {
        Self { exit: Exit::Configuration, text: format!("error: {text}") }
    }

    /// The configuration is wrong, and `report` shows where.
    pub(crate) fn problems(report: impl Into<String>) -> Self {
        Self { exit: Exit::Configuration, text: report.into() }
    }

    /// There is nothing to call; `text` says what to do.
    pub(crate) fn nothing_to_call(text: impl Into<String>) -> Self {
        Self { exit: Exit::NothingToCall, text: text.into() }
    }

    /// The user ended it.
    pub(crate) fn interrupted() -> Self {
        Self { exit: Exit::Interrupted, text: "interrupted".to_owned() }
    }

    /// How the program ends.
    pub(crate) const fn exit(&self) -> Exit {
        self.exit
    }

    /// What to say about it.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}
