//! The role a model plays in the chain.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The role a model plays. The order of the variants is the order of the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelRole {
    /// Serves requests by default: fast and reliable.
    Primary,
    /// Like a primary: the second voice of best of two, the judge, the first fallback.
    Duplicate,
    /// Steps in when primaries and duplicates fail: often stronger and slower.
    Reserve,
    /// The last resort: free or limited.
    Fallback,
}

impl ModelRole {
    /// Every role, in the order of the chain.
    pub const ALL: [Self; 4] = [Self::Primary, Self::Duplicate, Self::Reserve, Self::Fallback];

    /// The role as the configuration spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Duplicate => "duplicate",
            Self::Reserve => "reserve",
            Self::Fallback => "fallback",
        }
    }
}

impl fmt::Display for ModelRole {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}
