//! One problem of a configuration, with everything needed to show it in its place.

use std::fmt::{self, Write as _};

use serde::{Serialize, Serializer};

use super::{
    origin::Origin,
    path::Path,
    source::{Position, SourceFile, Span},
};

/// One problem of a configuration.
///
/// Prints as one line: place, severity, code, message and help. A program that can draw takes the
/// file's text from [`source`](Self::source) and the places to mark from [`labels`](Self::labels).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Diagnostic {
    /// What kind of problem it is.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in one line, lower case.
    pub message: String,
    /// The way to the value, such as `llm.model_roles.primary[0]`; empty for the whole file.
    pub path: String,
    /// Where the value comes from.
    pub origin: Origin,
    /// The places to mark in the file; the first is the problem's own. Empty when the value comes
    /// from no file.
    pub labels: Vec<Label>,
    /// What to do about it.
    pub help: Option<String>,
}

/// A marked place in the file of a problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// What is there.
    pub text: String,
}

/// How bad a problem is. Ordered from harmless to bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Good to know.
    Info,
    /// Works, but hardly as meant.
    Warning,
    /// The configuration cannot be used.
    Error,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// The kind of a problem. Prints as `llm::config::unknown_key`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code { $($(#[$doc])* $name,)* }

        impl Code {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The code as scripts read it.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => concat!("llm::config::", $text),)* }
            }
        }
    };
}

codes! {
    /// There is no such file.
    NotFound = "not_found",
    /// The file is there and cannot be read.
    Unreadable = "unreadable",
    /// The file is not YAML, or uses it in a way that is refused, such as a key twice.
    Syntax = "syntax",
    /// A key that nobody reads.
    UnknownKey = "unknown_key",
    /// A value of the wrong type.
    WrongType = "wrong_type",
    /// A number, duration or list beyond its limits.
    OutOfRange = "out_of_range",
    /// A word that is not one of those possible.
    UnknownEnum = "unknown_enum",
    /// Something that must be there is not.
    MissingRequired = "missing_required",
    /// A provider is named that is not configured.
    UnknownProvider = "unknown_provider",
    /// A model is named that no provider serves.
    UnknownModel = "unknown_model",
    /// A model is listed twice.
    DuplicateModel = "duplicate_model",
    /// No role names a model.
    EmptyRoles = "empty_roles",
    /// An environment variable is not set.
    EnvUnset = "env_unset",
    /// `${` is not followed by a variable's name and `}`.
    EnvSyntax = "env_syntax",
    /// A key is written into the file.
    LiteralSecret = "literal_secret",
    /// An address that would send a key in clear text or to a place that is never a provider.
    InsecureUrl = "insecure_url",
    /// An address that hardly is where a provider's calls are.
    OddUrl = "odd_url",
    /// A limit that can never be reached, because a larger one ends before it.
    ConflictingTimeouts = "conflicting_timeouts",
    /// The judge judges its own answers, or those of its family.
    JudgeIsCandidate = "judge_is_candidate",
    /// A key of an earlier version, which means nothing any more.
    DeprecatedKey = "deprecated_key",
    /// A key of a later version.
    NotAvailable = "not_available",
}

impl Diagnostic {
    /// A problem at `origin`, marked with `label`.
    pub(crate) fn new(code: Code, path: &Path, origin: &Origin, message: String) -> Self {
        let labels = match origin {
            Origin::File { span, .. } => vec![Label { span: *span, text: String::new() }],
            Origin::Default | Origin::Environment(_) | Origin::Override => Vec::new(),
        };
        Self {
            code,
            severity: Severity::Error,
            message,
            path: path.to_string(),
            origin: origin.clone(),
            labels,
            help: None,
        }
    }

    pub(crate) fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Says what is at the problem's own place.
    pub(crate) fn label(mut self, text: impl Into<String>) -> Self {
        if let Some(label) = self.labels.first_mut() {
            label.text = text.into();
        }
        self
    }

    /// Marks another place, if it is in the same file.
    pub(crate) fn also(mut self, origin: &Origin, text: &str) -> Self {
        if let (Origin::File { file: own, .. }, Origin::File { file, span }) =
            (&self.origin, origin)
            && own == file
        {
            self.labels.push(Label { span: *span, text: text.to_owned() });
        }
        self
    }

    /// The file the problem is in.
    pub fn source(&self) -> Option<&SourceFile> {
        match &self.origin {
            Origin::File { file, .. } => Some(file),
            Origin::Default | Origin::Environment(_) | Origin::Override => None,
        }
    }

    /// The problem's own place in its file.
    pub fn span(&self) -> Option<Span> {
        self.labels.first().map(|label| label.span)
    }

    /// Line and column of the problem's own place.
    pub fn position(&self) -> Option<Position> {
        Some(self.source()?.position(self.span()?.start))
    }

    /// The file, environment variable or other layer the problem comes from.
    pub fn layer(&self) -> &str {
        match &self.origin {
            Origin::Default => "default",
            Origin::File { file, .. } => file.name(),
            Origin::Environment(name) => name,
            Origin::Override => "override",
        }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut formatter = OneLine(formatter);
        formatter.write_str(self.layer())?;
        match self.position() {
            Some(Position { line, column }) => write!(formatter, ":{line}:{column}")?,
            None if !self.path.is_empty() => write!(formatter, " ({})", self.path)?,
            None => {}
        }
        write!(formatter, ": {}[{}]: {}", self.severity, self.code, self.message)?;
        match &self.help {
            Some(help) => write!(formatter, "; {help}"),
            None => Ok(()),
        }
    }
}

/// Writes spaces for characters that break a line or steer a terminal: words of the file are
/// quoted, and YAML can spell any character.
struct OneLine<'a, 'b>(&'a mut fmt::Formatter<'b>);

impl fmt::Write for OneLine<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let breaks = |letter: char| letter.is_control() || "\u{2028}\u{2029}".contains(letter);
        text.chars()
            .try_for_each(|letter| self.0.write_char(if breaks(letter) { ' ' } else { letter }))
    }
}

impl fmt::Display for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl Severity {
    /// The severity in one word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

impl Serialize for Severity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
