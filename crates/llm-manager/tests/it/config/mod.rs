//! The configuration: what it reads, what it refuses, and what it never shows.

mod broken;
mod drawing;
mod files;
mod layers;
mod limits;
mod models;
mod places;
mod schema;
mod secrets;
mod variables;
mod yaml;

use llm_manager::config::{Code, Config, ConfigBuilder, ConfigError, Diagnostic, Environment};

/// The least that loads.
pub(crate) const LEAST: &str = "llm: {model_roles: {primary: [acme/swift-8b]}}\n\
                                providers: {openrouter: {api_key: '${KEY}'}}\n";

/// A key of the length of a real one.
pub(crate) const KEY: &str = "sk-test-000000000000a1b2";

/// A builder for `text` that sees nothing of this process.
pub(crate) fn builder(text: &str) -> ConfigBuilder {
    let environment = Environment::from_iter([("KEY", KEY)]);
    Config::builder().text("settings.yaml", text).environment(environment)
}

/// What `text` says.
pub(crate) fn load(text: &str) -> Config {
    builder(text).load().unwrap_or_else(|error| panic!("{error}"))
}

/// What is wrong with `text`.
pub(crate) fn refused(text: &str) -> ConfigError {
    builder(text).load().expect_err("is refused")
}

pub(crate) fn environment<const N: usize>(pairs: [(&str, &str); N]) -> Environment {
    Environment::from_iter(pairs)
}

pub(crate) fn codes(problems: &[Diagnostic]) -> Vec<&'static str> {
    problems.iter().map(|problem| short(problem.code)).collect()
}

fn short(code: Code) -> &'static str {
    code.as_str().rsplit(':').next().unwrap_or_default()
}
