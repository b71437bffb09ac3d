//! Why nobody answered, for people.

use std::fmt::Write;

use llm_core::{Attempt, Error, ModelRef};

use super::blank;

/// The error with every attempt and every model left out, a line each.
pub(crate) fn story(error: &Error) -> String {
    let mut text = format!("error: {}", blank(&error.to_string()));
    let attempts = error.attempts();
    if !attempts.is_empty() {
        text.push_str("\n  tried:");
    }
    for attempt in attempts {
        let _infallible = write!(text, "\n    {}", blank(&tried(attempt)));
    }
    if !error.excluded().is_empty() {
        text.push_str("\n  left out:");
    }
    for exclusion in error.excluded() {
        let model = ModelRef::new(exclusion.provider.clone(), exclusion.model.clone());
        let role = exclusion.role.map_or("-", llm_core::ModelRole::as_str);
        let line = format!("{role:9} {model}  {}", exclusion.reason);
        let _infallible = write!(text, "\n    {}", blank(&line));
    }
    text
}

fn tried(attempt: &Attempt) -> String {
    let model = ModelRef::new(attempt.provider.clone(), attempt.model.clone());
    let role = attempt.role.map_or("-", llm_core::ModelRole::as_str);
    let mut line = format!("{role:9} {model}  {:.2} s", attempt.elapsed.as_secs_f64());
    let _infallible = write!(line, "  {}", attempt.outcome.as_str());
    if let Some(status) = attempt.status {
        let _infallible = write!(line, " (status {status})");
    }
    if let Some(message) = &attempt.message {
        let _infallible = write!(line, ": {message}");
    }
    line
}
