//! The command line as a whole.

use clap::{ArgAction, Parser, Subcommand};

use super::{Ask, ConfigArguments, ModelsArguments, SandboxArguments, TestModels};

const EXIT_CODES: &str = "\
Exit codes: 0 answered, 1 internal error, 2 wrong command line, 3 wrong configuration,
4 nothing to call (no key, no model), 100 no complete answer or a model under the bar,
130 interrupted.

Variables: LLM_CONFIG names the settings file, LLM__LLM__TIMEOUT=30 sets `llm.timeout`,
LLM_LOG (such as `debug`) says what is logged. A file `.env` sets what is not set.";

/// Asks the best language model that can answer, and the next one when it cannot.
#[derive(Debug, Parser)]
#[command(name = "llm-manager", version, after_help = EXIT_CODES)]
pub(crate) struct Arguments {
    /// Log more: requests, decisions (-vv), every step (-vvv).
    #[arg(short, long, action = ArgAction::Count, global = true)]
    pub(crate) verbose: u8,

    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What is to be done.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Print the answer to a prompt.
    Ask(Ask),
    /// Call every configured model and report which of them work.
    TestModels(TestModels),
    /// Show the configured models.
    Models(ModelsArguments),
    /// Check or show the configuration; calls nobody.
    Config(ConfigArguments),
    /// Serve simulated models, for other programs' tests.
    Sandbox(SandboxArguments),
}
