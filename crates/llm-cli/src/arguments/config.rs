//! `config`: what is done with the configuration.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::values::CONFIG;

/// Check or show the configuration; calls nobody.
#[derive(Debug, Args)]
pub(crate) struct ConfigArguments {
    #[command(subcommand)]
    pub(crate) action: ConfigAction,

    /// The settings file.
    #[arg(long, value_name = "FILE", help = CONFIG, global = true)]
    pub(crate) config: Option<PathBuf>,

    /// Print JSON.
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

/// What is done with the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Subcommand)]
pub(crate) enum ConfigAction {
    /// Print every problem, a line each.
    Check,
    /// Print every value and where it comes from; secrets are masked.
    Show,
    /// Print the JSON schema of the settings file.
    Schema,
}
