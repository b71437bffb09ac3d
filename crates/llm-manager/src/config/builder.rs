//! Says what a configuration is made of.

use std::path::PathBuf;

use serde_json::Value as Json;

use super::{environment::Environment, error::ConfigError, load, loaded::Config};

/// Makes a [`Config`] from a file or a text, the environment, and values set in code.
///
/// Later layers win: defaults, the file, `*.local.yaml` beside it, variables that begin with
/// `LLM__`, values that were [set](Self::set).
#[derive(Clone, Default)]
pub struct ConfigBuilder {
    pub(crate) source: Source,
    pub(crate) environment: Option<Environment>,
    pub(crate) values: Vec<(String, Json)>,
}

/// Where the settings are.
#[derive(Clone, Default)]
pub(crate) enum Source {
    /// Nowhere but in the environment and in code.
    #[default]
    None,
    File(PathBuf),
    Text {
        name: String,
        text: String,
    },
}

impl ConfigBuilder {
    /// Reads the file at `path`, and `*.local.yaml` beside it if there is one.
    #[must_use]
    pub fn path(mut self, path: impl Into<PathBuf>) -> Self {
        self.source = Source::File(path.into());
        self
    }

    /// Reads `text`; problems call it `name`.
    #[must_use]
    pub fn text(mut self, name: impl Into<String>, text: impl Into<String>) -> Self {
        self.source = Source::Text { name: name.into(), text: text.into() };
        self
    }

    /// Sets the environment, for `${VARIABLE}` and `LLM__…`. Without it, that of this process.
    #[must_use]
    pub fn environment(mut self, environment: Environment) -> Self {
        self.environment = Some(environment);
        self
    }

    /// Sets one value over all others: `set("llm.timeout", 30)`. A command line does this.
    #[must_use]
    pub fn set(mut self, path: impl Into<String>, value: impl Into<Json>) -> Self {
        self.values.push((path.into(), value.into()));
        self
    }

    /// Reads, merges and checks it all.
    ///
    /// # Errors
    ///
    /// Every problem there is, if one of them is an error.
    pub fn load(self) -> Result<Config, ConfigError> {
        load::load(self)
    }
}

/// Prints what it is made of without any value: values may be secrets.
impl std::fmt::Debug for ConfigBuilder {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let source = match &self.source {
            Source::None => "",
            Source::File(path) => path.to_str().unwrap_or("a file"),
            Source::Text { name, .. } => name,
        };
        let set: Vec<&str> = self.values.iter().map(|(path, _)| path.as_str()).collect();
        formatter
            .debug_struct("ConfigBuilder")
            .field("source", &source)
            .field("set", &set)
            .finish_non_exhaustive()
    }
}
