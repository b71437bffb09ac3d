//! The exit codes, which scripts rely on.

use std::process::ExitCode;

/// How the program ends. The numbers are a contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done: answered, or every tested model is up to the bar.
    Done = 0,
    /// A fault of this program or of the machine under it.
    Internal = 1,
    /// The command line is wrong.
    Usage = 2,
    /// The configuration is wrong.
    Configuration = 3,
    /// There is nothing to call: no key, no model.
    NothingToCall = 4,
    /// No complete answer, or a tested model under the bar.
    NoAnswer = 100,
    /// The user ended it.
    Interrupted = 130,
}

impl Exit {
    /// The number.
    pub(crate) const fn code(self) -> u8 {
        self as u8
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
