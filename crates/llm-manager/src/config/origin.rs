//! Where a value comes from.

use std::{fmt, sync::Arc};

use super::source::{Position, SourceFile, Span};

/// Where a value comes from: the layer that set it last.
///
/// Prints as `default`, `config/llm_settings.yaml:5`, `env LLM__LLM__TIMEOUT` or `override`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// Nobody set it.
    Default,
    /// A place in a file.
    File {
        /// The file.
        file: Arc<SourceFile>,
        /// Where in it.
        span: Span,
    },
    /// An environment variable; holds its name.
    Environment(Arc<str>),
    /// The command line or code.
    Override,
}

impl Origin {
    /// Line and column, if it is a place in a file.
    pub fn position(&self) -> Option<Position> {
        match self {
            Self::File { file, span } => Some(file.position(span.start)),
            Self::Default | Self::Environment(_) | Self::Override => None,
        }
    }

    /// Whether somebody set the value.
    pub const fn is_set(&self) -> bool {
        !matches!(self, Self::Default)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => formatter.write_str("default"),
            Self::File { file, span } => {
                write!(formatter, "{}:{}", file.name(), file.position(span.start).line)
            }
            Self::Environment(name) => write!(formatter, "env {name}"),
            Self::Override => formatter.write_str("override"),
        }
    }
}
