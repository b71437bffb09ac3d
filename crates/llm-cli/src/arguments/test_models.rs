//! `test-models`: which models are tested, how much, and where the result goes.

use std::{path::PathBuf, time::Duration};

use clap::{Args, ValueEnum};
use llm_testrunner::ReportFormat;

use super::values::{CONFIG, duration};

/// Call every configured model and report which of them work.
#[derive(Debug, Args)]
pub(crate) struct TestModels {
    /// Test these models alone: ids, `provider:id` or aliases.
    #[arg(value_name = "MODELS")]
    pub(crate) models: Vec<String>,

    /// How much is tested.
    #[arg(long, value_enum)]
    pub(crate) profile: Option<Profile>,

    /// Chat calls a model.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) repeats: Option<u32>,

    /// Calls at the same time.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=64))]
    pub(crate) concurrency: Option<u32>,

    /// Test the models of this provider; may be repeated.
    #[arg(long, value_name = "PROVIDER")]
    pub(crate) provider: Vec<String>,

    /// Test the models of this role; may be repeated.
    #[arg(long, value_enum)]
    pub(crate) role: Vec<Role>,

    /// Deadline of one call, such as `60s`.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) timeout: Option<Duration>,

    /// Print the plan and call nobody.
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Test simulated models: no key, no network, no cost.
    #[arg(long)]
    pub(crate) sandbox: bool,

    /// The settings file.
    #[arg(long, value_name = "FILE", help = CONFIG)]
    pub(crate) config: Option<PathBuf>,

    /// Also write the report there; without a path into the run's folder. May be repeated.
    #[arg(long, value_name = "markdown|json[=PATH]", value_parser = export)]
    pub(crate) export: Vec<Export>,

    /// What is printed on the standard output.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,

    /// Which failed models make the exit code 100.
    #[arg(long, value_enum)]
    pub(crate) fail_on: Option<FailOn>,

    /// How the run is shown while it lasts.
    #[arg(long, value_enum, default_value_t = ProgressMode::Auto)]
    pub(crate) progress: ProgressMode,
}

/// How much is tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Profile {
    /// One short call a model.
    Smoke,
    /// Five calls a model, streaming, JSON and tools.
    Standard,
}

/// A role of the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Role {
    /// Serves requests by default.
    Primary,
    /// The second voice, the judge, the first fallback.
    Duplicate,
    /// Steps in when those fail.
    Reserve,
    /// The last resort.
    Fallback,
}

/// What is printed on the standard output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// A table with problems and advice.
    Human,
    /// The report as JSON, and nothing else.
    Json,
    /// Nothing.
    Quiet,
}

/// Which failed models make a run fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    /// Any of them.
    Any,
    /// Those with the role `primary`.
    Primary,
    /// None.
    None,
}

/// How a run is shown while it lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProgressMode {
    /// A bar on a terminal, lines elsewhere.
    Auto,
    /// A bar that is drawn again and again.
    Bar,
    /// A line for each model that is done.
    Plain,
    /// Nothing.
    None,
}

/// A report to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Export {
    pub(crate) format: ReportFormat,
    /// Where; `None` is the run's own folder.
    pub(crate) path: Option<PathBuf>,
}

fn export(text: &str) -> Result<Export, String> {
    let (format, path) = match text.split_once('=') {
        Some((_, "")) => return Err("a path is missing after `=`".to_owned()),
        Some((format, path)) => (format, Some(PathBuf::from(path))),
        None => (text, None),
    };
    let format = match format {
        "markdown" => ReportFormat::Markdown,
        "json" => ReportFormat::Json,
        _ => return Err("the formats are `markdown` and `json`".to_owned()),
    };
    Ok(Export { format, path })
}
