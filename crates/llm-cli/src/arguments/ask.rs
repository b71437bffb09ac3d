//! `ask`: what may be asked, and how.

use std::{path::PathBuf, time::Duration};

use clap::{Args, ValueEnum};

use super::values::{CONFIG, duration};

const BATCH: &str = "Read requests from the standard input, one JSON object a line \
                     ({\"prompt\", \"model\"?, \"stream\"?, \"delay_ms\"?}), and print one result a line";

/// Print the answer to a prompt.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(crate) struct Ask {
    /// What to ask; `-` reads it from the standard input.
    #[arg(required_unless_present = "batch", conflicts_with = "batch")]
    pub(crate) prompt: Option<String>,

    /// The settings file.
    #[arg(long, value_name = "FILE", help = CONFIG)]
    pub(crate) config: Option<PathBuf>,

    /// Ask this model first: an id, `provider:id` or an alias.
    #[arg(long, value_name = "MODEL")]
    pub(crate) model: Option<String>,

    /// Let no other model answer.
    #[arg(long, requires = "model")]
    pub(crate) no_fallback: bool,

    /// How models are chosen.
    #[arg(long, value_enum, conflicts_with = "parallel")]
    pub(crate) strategy: Option<Strategy>,

    /// Ask the default model first, however fast the others are.
    #[arg(long)]
    pub(crate) no_fastest: bool,

    /// Ask two models at once and print the better answer: the strategy `best_of_two`.
    #[arg(long)]
    pub(crate) parallel: bool,

    /// Print the answer as it arrives.
    #[arg(long)]
    pub(crate) stream: bool,

    /// Instructions that stand above the prompt.
    #[arg(long, value_name = "TEXT")]
    pub(crate) system: Option<String>,

    /// The longest answer, in tokens.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) max_tokens: Option<u32>,

    /// Deadline of the whole request, such as `60s` or `2m`.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) timeout: Option<Duration>,

    /// Print one JSON object with the answer and how it was got.
    #[arg(long)]
    pub(crate) json: bool,

    /// Ask simulated models: no key, no network, no cost.
    #[arg(long)]
    pub(crate) sandbox: bool,

    /// Read requests from the standard input, a line each, and print a result a line.
    #[arg(long, help = BATCH)]
    pub(crate) batch: bool,
}

/// How models are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum Strategy {
    /// The best model, then the chain of roles.
    Single,
    /// The chain of roles in the order of the file.
    Fallback,
    /// Two models at once; a third judges.
    BestOfTwo,
}
