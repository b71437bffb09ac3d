//! The kinds of provider whose names and habits the configuration knows.

/// A kind of provider.
#[derive(Debug)]
pub(crate) struct Kind {
    /// How the configuration names it.
    pub(crate) name: &'static str,
    /// The variable that holds its key by custom, if it wants one.
    pub(crate) key_variable: Option<&'static str>,
    /// Where a key can be had.
    key_page: Option<&'static str>,
    /// Whether its addresses end with a version such as `/v1`.
    pub(crate) is_versioned: bool,
    /// Whether it has an address of its own.
    pub(crate) has_address: bool,
    /// The cargo feature that brings it.
    feature: &'static str,
}

/// The kinds with a name of their own. Whether a build can serve one is for the registry to say.
pub(crate) const KINDS: [Kind; 5] = [
    Kind {
        name: "openrouter",
        feature: "openrouter",
        has_address: true,
        key_variable: Some("OPENROUTER_API_KEY"),
        key_page: Some("https://openrouter.ai/keys"),
        is_versioned: true,
    },
    Kind {
        name: "openai",
        feature: "openai",
        has_address: true,
        key_variable: Some("OPENAI_API_KEY"),
        key_page: Some("https://platform.openai.com/api-keys"),
        is_versioned: true,
    },
    Kind {
        name: "anthropic",
        feature: "anthropic",
        has_address: true,
        key_variable: Some("ANTHROPIC_API_KEY"),
        key_page: Some("https://console.anthropic.com/settings/keys"),
        is_versioned: false,
    },
    Kind {
        name: "ollama",
        feature: "ollama",
        has_address: true,
        key_variable: None,
        key_page: None,
        is_versioned: false,
    },
    Kind {
        name: "openai_compatible",
        feature: "openai",
        has_address: false,
        key_variable: None,
        key_page: None,
        is_versioned: true,
    },
];

/// How the names end of providers that are switched off by renaming them.
const OFF: &str = "_disabled";

/// The kind of this name.
pub(crate) fn find(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}

/// Where a key for a provider of this kind can be had, if that is known.
pub fn key_page(kind: &str) -> Option<&'static str> {
    find(kind)?.key_page
}

/// The cargo feature that brings a kind, if it is one of those with a feature.
pub(crate) fn feature_of(kind: &str) -> Option<&'static str> {
    find(kind).map(|kind| kind.feature)
}

/// Whether a provider is switched off by its name.
pub(crate) fn is_off_by_name(provider: &str) -> bool {
    provider.ends_with(OFF)
}
