//! Log lines on the standard error.

use llm_manager::config::{Environment, LogFormat, LogLevel};
use tracing_subscriber::{
    EnvFilter, Layer, Registry, fmt::time::Uptime, layer::SubscriberExt, util::SubscriberInitExt,
};

use crate::{
    environment,
    failure::Failure,
    output::{LogWriter, Terminal},
};

/// How log lines look and which are written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Logging {
    /// `-v`, how often.
    pub(crate) verbose: u8,
    /// The level the configuration sets; `None` where it sets none.
    pub(crate) level: Option<LogLevel>,
    /// The format the configuration sets.
    pub(crate) format: LogFormat,
}

/// Starts logging: what `LLM_LOG` says, else `-v`, else the configuration, else what failed.
pub(crate) fn start(logging: Logging, environment: &Environment) -> Result<(), Failure> {
    let filter = match environment.get(environment::LOG) {
        Some(directives) => EnvFilter::try_new(directives).map_err(|_| {
            Failure::configuration(format!(
                "{} is not a log filter: write a level such as `debug`, or `llm_http=trace`",
                environment::LOG
            ))
        })?,
        None => EnvFilter::new(directives(logging)),
    };
    let lines = tracing_subscriber::fmt::layer().with_writer(LogWriter);
    let lines: Box<dyn Layer<Registry> + Send + Sync> = match logging.format {
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
        LogFormat::Text => {
            let colours = Terminal::errors(environment).colours;
            let lines = lines.with_ansi(colours).with_target(logging.verbose > 1);
            if logging.verbose > 0 {
                lines.with_timer(Uptime::default()).boxed()
            } else {
                lines.without_time().boxed()
            }
        }
    };
    // Only a second call in the same process can fail.
    let _already_started =
        tracing_subscriber::registry().with(lines.with_filter(filter)).try_init();
    Ok(())
}

/// Other people's crates log less than ours.
fn directives(logging: Logging) -> &'static str {
    match (logging.verbose, logging.level) {
        (0, Some(LogLevel::Off)) => "off",
        (0, Some(LogLevel::Error)) => "error",
        (0, None | Some(LogLevel::Warn)) => "warn",
        (1, _) | (0, Some(LogLevel::Info)) => "warn,llm=info",
        (2, _) | (0, Some(LogLevel::Debug)) => "info,llm=debug",
        (_, _) => "debug,llm=trace",
    }
}
