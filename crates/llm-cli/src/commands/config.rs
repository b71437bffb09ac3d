//! `config`: what is wrong with it, what it says, what it may say.

use std::fmt::Write;

use llm_manager::{
    LlmManager,
    config::{Config, Diagnostic, Severity, ShownValue, schema_text},
};
use serde_json::{Map, Value, json};

use crate::{
    application::Context,
    arguments::{ConfigAction, ConfigArguments},
    exit::Exit,
    failure::Failure,
    output::{ResultStream, blank, table},
    session,
};

/// Checks or shows the configuration. Calls nobody.
pub(crate) fn config(arguments: &ConfigArguments, context: &Context) -> Result<Exit, Failure> {
    let mut output = ResultStream::standard();
    let environment = &context.environment;
    let load = || session::load(arguments.config.clone(), environment);
    match arguments.action {
        ConfigAction::Schema => {
            output.own(&schema_text())?;
            Ok(Exit::Done)
        }
        ConfigAction::Show => {
            let config = load().map_err(|error| session::wrong(&error, environment))?;
            if arguments.json {
                output.json(&shown(&config))?;
            } else {
                output.own(&show(&config))?;
            }
            Ok(Exit::Done)
        }
        ConfigAction::Check => {
            let (checked, exit) = match load() {
                Ok(config) => check(config),
                Err(error) => (Checked::bad(error.diagnostics), Exit::Configuration),
            };
            if arguments.json {
                output.json(&checked.json())?;
            } else {
                output.own(&checked.lines())?;
            }
            Ok(exit)
        }
    }
}

/// What a check found.
#[derive(Debug)]
struct Checked {
    file: String,
    problems: Vec<Diagnostic>,
    /// Why no manager can be made of a configuration that is right otherwise.
    unbuildable: Option<String>,
    /// What is configured, if it can be used.
    counts: Option<String>,
}

/// A configuration that was read is also tried: a manager is made of it and dropped.
fn check(config: Config) -> (Checked, Exit) {
    let file = config.path().map_or_else(|| "settings".into(), |path| path.display().to_string());
    let problems = config.diagnostics().to_vec();
    let counts = counts(&config);
    let built = LlmManager::builder().config(config).without_state().build();
    let unbuildable = built.err().map(|error| error.to_string());
    let exit = if unbuildable.is_some() { Exit::Configuration } else { Exit::Done };
    (Checked { file, problems, unbuildable, counts: Some(counts) }, exit)
}

impl Checked {
    fn bad(problems: Vec<Diagnostic>) -> Self {
        let file = problems.iter().find_map(Diagnostic::source);
        let file = file.map_or_else(|| "settings".to_owned(), |file| file.name().to_owned());
        Self { file, problems, unbuildable: None, counts: None }
    }

    fn count(&self, severity: Severity) -> usize {
        let unbuildable = severity == Severity::Error && self.unbuildable.is_some();
        let found = self.problems.iter().filter(|problem| problem.severity == severity).count();
        found + usize::from(unbuildable)
    }

    fn lines(&self) -> String {
        let errors = number(self.count(Severity::Error), "error");
        let warnings = number(self.count(Severity::Warning), "warning");
        let counts = self.counts.as_ref().map_or_else(String::new, |counts| format!(", {counts}"));
        let mut lines = format!("{}: {errors}, {warnings}{counts}\n", self.file);
        for problem in &self.problems {
            let _infallible = writeln!(lines, "{problem}");
        }
        if let Some(error) = &self.unbuildable {
            let _infallible = writeln!(lines, "error: {error}");
        }
        blank(&lines)
    }

    fn json(&self) -> Value {
        let problems: Vec<Value> = self.problems.iter().map(object).collect();
        json!({
            "file": self.file,
            "errors": self.count(Severity::Error),
            "warnings": self.count(Severity::Warning),
            "problems": problems,
            "unbuildable": self.unbuildable,
        })
    }
}

fn object(problem: &Diagnostic) -> Value {
    let position = problem.position();
    json!({
        "code": problem.code,
        "severity": problem.severity,
        "message": problem.message,
        "path": problem.path,
        "layer": problem.layer(),
        "line": position.map(|position| position.line),
        "column": position.map(|position| position.column),
        "help": problem.help,
    })
}

/// `3 providers (1 disabled), 5 models, 4 roles`.
fn counts(config: &Config) -> String {
    let disabled = config.providers().filter(|(_, settings)| !settings.enabled).count();
    let disabled = if disabled == 0 { String::new() } else { format!(" ({disabled} disabled)") };
    let roles = &config.settings().llm.model_roles;
    let roles = [&roles.primary, &roles.duplicate, &roles.reserve, &roles.fallback];
    format!(
        "{}{disabled}, {}, {}",
        number(config.providers().count(), "provider"),
        number(config.models().len(), "model"),
        number(roles.iter().filter(|models| !models.is_empty()).count(), "role"),
    )
}

fn number(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// Every value with its origin, by the way to it.
fn shown(config: &Config) -> Map<String, Value> {
    let entry = |shown: ShownValue| {
        let origin = shown.origin.to_string();
        (shown.path, json!({ "value": shown.value, "origin": origin }))
    };
    config.show().into_iter().map(entry).collect()
}

fn show(config: &Config) -> String {
    let row = |shown: ShownValue| [shown.path, shown.value.to_string(), shown.origin.to_string()];
    let rows: Vec<[String; 3]> = config.show().into_iter().map(row).collect();
    table(["SETTING", "VALUE", "FROM"], &rows)
}
