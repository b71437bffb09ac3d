//! Settings: any text and any variables end in a configuration or in problems a person can read.

use std::fmt::Write;

use llm_manager::config::{
    Config, ConfigError, Diagnostic, Environment, Origin, Severity, SourceFile,
};

/// The value of a variable: what must not be shown.
const SECRET: &str = "sk-test-of-the-environment-000";
/// The variable.
const VARIABLE: &str = "SECRET";
/// How a line of the text that sets a variable begins; to YAML it is a comment.
const MARK: &str = "#env ";

/// Reads `bytes` as the text of a settings file. Lines such as `#env NAME=value` set variables;
/// `SECRET` is always set. Nothing else of the environment and no file is looked at.
///
/// # Panics
///
/// When the same text is read differently a second time, a refusal names no error, a problem has
/// no place in the text or is no line, what came from the environment is shown, or a model has no
/// address.
pub fn check(bytes: &[u8]) {
    // What is not UTF-8 is refused where files are read.
    let Ok(text) = str::from_utf8(bytes) else { return };
    let loaded = load(text);
    let shown = match &loaded {
        Ok(config) => accepted(config),
        Err(error) => refused(error),
    };
    // A text that spells the secret out may be quoted.
    if !text.contains(SECRET) {
        assert!(!shown.contains(SECRET), "a variable's value is shown: {shown}");
    }
    let again = match &load(text) {
        Ok(config) => accepted(config),
        Err(error) => refused(error),
    };
    assert_eq!(again, shown, "read a second time");
}

fn load(text: &str) -> Result<Config, ConfigError> {
    let set = text.lines().filter_map(|line| line.strip_prefix(MARK)?.split_once('='));
    let environment: Environment = set.chain([(VARIABLE, SECRET)]).collect();
    Config::builder().text("settings.yaml", text).environment(environment).load()
}

/// What a person sees of a configuration.
fn accepted(config: &Config) -> String {
    let mut shown = format!("{config:?}\n");
    for problem in config.diagnostics() {
        assert!(problem.severity < Severity::Error, "an error was let pass: {problem}");
        readable(problem, &mut shown);
    }
    for row in config.show() {
        assert!(config.origin_of(&row.path).is_some(), "`{}` comes from nowhere", row.path);
        let _ = writeln!(shown, "{} {} {}", row.path, row.value, row.origin);
    }
    for model in config.models() {
        let address = model.model.to_string();
        assert_eq!(config.resolve(&address).ok().as_ref(), Some(&model.model), "its address");
        let _place = config.place_of_model(&model.model);
    }
    shown
}

/// What a person sees of a refusal.
fn refused(error: &ConfigError) -> String {
    let mut shown = format!("{error}\n");
    let is_error = |problem: &Diagnostic| problem.severity == Severity::Error;
    assert!(error.diagnostics.iter().any(is_error), "refused without an error");
    for problem in &error.diagnostics {
        readable(problem, &mut shown);
    }
    shown
}

/// Adds a problem as it is drawn: its line, and the marked places.
fn readable(problem: &Diagnostic, shown: &mut String) {
    let line = problem.to_string();
    assert!(!line.contains(char::is_control), "more than a line: {line:?}");
    assert!(!problem.message.is_empty(), "nothing is said");
    let _ = writeln!(shown, "{line} {:?}", problem.position());
    for label in &problem.labels {
        let text = problem.source().map(SourceFile::text);
        let marked = text.and_then(|text| text.get(label.span.start..label.span.end()));
        assert!(marked.is_some(), "{:?} is no place: {line}", label.span);
        let _ = writeln!(shown, "{} {}", label.text, marked.unwrap_or_default());
    }
    let is_placed = matches!(problem.origin, Origin::File { .. }) || problem.labels.is_empty();
    assert!(is_placed, "a place in no file: {line}");
}
