//! Why a call cannot be made at all.

use std::fmt;

/// Why a call cannot be made at all. A call that was made and not answered is a reply, not a
/// fault.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fault {
    /// Whose it is.
    pub kind: FaultKind,
    /// What is wrong and what to do, for a person.
    pub message: String,
}

/// Whose a fault is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FaultKind {
    /// The configuration cannot be used.
    Config,
    /// The caller asked for what cannot be.
    Usage,
    /// The manager was closed, before the call or during it.
    Closed,
    /// This software failed.
    Internal,
}

impl Fault {
    /// A fault of a kind.
    pub fn new(kind: FaultKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}

/// The caller asked for what cannot be.
pub(crate) fn usage(message: impl Into<String>) -> Fault {
    Fault::new(FaultKind::Usage, message)
}
