//! Which server a simulator pretends to be.

use std::fmt;

/// Which server a [`Simulator`](super::Simulator) pretends to be: the paths it serves, and how it
/// writes answers and errors. What a model does is the same in each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dialect {
    /// OpenRouter: `/api/v1/chat/completions`.
    #[default]
    OpenRouter,
    /// OpenAI: `/v1/chat/completions`. Reasoning is written as compatible servers write it.
    OpenAi,
    /// Anthropic: `/v1/messages`.
    Anthropic,
    /// Ollama: `/api/chat`.
    Ollama,
}

impl Dialect {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::OpenRouter, Self::OpenAi, Self::Anthropic, Self::Ollama];

    /// Its name in configurations and tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OpenRouter => "openrouter",
            Self::OpenAi => "openai",
            Self::Anthropic => "anthropic",
            Self::Ollama => "ollama",
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}
