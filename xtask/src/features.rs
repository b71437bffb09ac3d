//! Which providers a build may have: the cargo features of the manager.

use std::fmt;

use anyhow::{Context, Result, ensure};

use crate::{cargo, workspace::Workspace};

/// The crate whose features bring providers.
pub(crate) const CRATE: &str = "llm-manager";
/// How TLS is brought; a provider needs one.
const TLS: &str = "rustls";

/// A choice of providers.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    None,
    One(String),
    All(Vec<String>),
}

impl Choice {
    /// What tells cargo to build the manager with this choice.
    pub(crate) fn arguments(&self) -> Vec<String> {
        let features = match self {
            Self::None => TLS.to_owned(),
            Self::One(feature) => format!("{feature},{TLS}"),
            Self::All(features) => format!("{},{TLS}", features.join(",")),
        };
        let fixed = ["--package", CRATE, "--no-default-features", "--features"];
        fixed.into_iter().map(str::to_owned).chain([features]).collect()
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => formatter.write_str("none"),
            Self::One(feature) => formatter.write_str(feature),
            Self::All(_) => formatter.write_str("all"),
        }
    }
}

/// No provider, each alone, all together. A provider's feature is the one that switches on the
/// optional crate of its name.
///
/// # Errors
///
/// When the manager has no such feature.
pub(crate) fn choices(workspace: &Workspace) -> Result<Vec<Choice>> {
    let metadata = cargo::members(workspace)?;
    let manager = metadata.packages.iter().find(|package| package.name.as_str() == CRATE);
    let manager = manager.with_context(|| format!("the workspace has no crate {CRATE}"))?;
    let is_provider = |feature: &str| {
        let name = format!("llm-{feature}");
        manager.dependencies.iter().any(|known| known.optional && known.name == name)
    };
    let providers: Vec<String> =
        manager.features.keys().filter(|feature| is_provider(feature)).cloned().collect();
    ensure!(!providers.is_empty(), "{CRATE} has no feature of a provider");
    let each = providers.iter().cloned().map(Choice::One);
    Ok(std::iter::once(Choice::None).chain(each).chain([Choice::All(providers.clone())]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_leaves_every_other_provider_out() {
        let arguments = Choice::One("ollama".to_owned()).arguments().join(" ");
        let expected = "--package llm-manager --no-default-features --features ollama,rustls";
        assert_eq!(arguments, expected);
    }
}
