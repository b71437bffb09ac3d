//! `models`: which list is shown.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::values::CONFIG;

/// Show the configured models.
#[derive(Debug, Args)]
pub(crate) struct ModelsArguments {
    #[command(subcommand)]
    pub(crate) action: ModelsAction,

    /// The settings file.
    #[arg(long, value_name = "FILE", help = CONFIG, global = true)]
    pub(crate) config: Option<PathBuf>,

    /// Print JSON.
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

/// Which models are shown.
#[derive(Debug, Subcommand)]
pub(crate) enum ModelsAction {
    /// Every configured model, in the order of the chain; calls nobody.
    List,
    /// The models that have answered reliably so far; calls nobody.
    Working,
    /// The models that have been measured, the fastest first; calls nobody.
    Fastest,
    /// Models on offer at the configured providers, ready to paste into the settings.
    Discover(Discover),
}

/// Models on offer at the configured providers, ready to paste into the settings.
#[derive(Debug, Args)]
pub(crate) struct Discover {
    /// Only models that cost nothing.
    #[arg(long)]
    pub(crate) free_only: bool,

    /// Only models whose window holds at least that many tokens.
    #[arg(long, value_name = "N")]
    pub(crate) min_context: Option<u64>,

    /// Only this provider.
    #[arg(long, value_name = "PROVIDER")]
    pub(crate) provider: Option<String>,
}
