//! Says what is wrong with a text that is not YAML.

use serde_saphyr::{Error, Location, MessageFormatter, UserMessageFormatter, budget::BudgetBreach};

use super::{
    diagnostic::{Code, Diagnostic},
    origin::Origin,
    path::Path,
    source::{SourceFile, Span},
};

/// The problem at its place in `text`, the file called `name`.
pub(crate) fn problem(error: &Error, name: &str, text: &str) -> Diagnostic {
    // Nothing is known about the values of such a file: whatever looks like a secret is hidden.
    let file = SourceFile::unread(name, text);
    let span = error.location().map(|location| place(&location, text)).unwrap_or_default();
    let origin = Origin::File { file, span };
    let (message, help) = words(original(error));
    Diagnostic::new(Code::Syntax, &Path::default(), &origin, message).label("here").help(help)
}

/// The error itself, without what only says how it was met.
fn original(mut error: &Error) -> &Error {
    while let Error::AliasError { error: inner, .. } | Error::WithSnippet { error: inner, .. } =
        error
    {
        error = inner;
    }
    error
}

/// What is wrong, and what to do about it.
fn words(error: &Error) -> (String, &'static str) {
    let (message, help) = match error {
        Error::Budget { breach: BudgetBreach::Documents { .. }, .. } => {
            ("the file has more than one document", "keep one, and remove the `---` before it")
        }
        Error::Budget { breach: BudgetBreach::Depth { .. }, .. } => {
            ("values are nested too deeply", "no setting is that deep: check the brackets above")
        }
        Error::Budget { .. } => (
            "the file is larger than a configuration may be, aliases counted",
            "write fewer values and aliases",
        ),
        Error::RecursiveReferencesRequireWeakTypes { .. } => {
            ("an alias stands inside itself", "remove the alias, or move its anchor elsewhere")
        }
        // It may quote the file.
        other => {
            return (
                llm_core::redact(&UserMessageFormatter.format_message(other)),
                "check the indentation, brackets and quotes at and above this place",
            );
        }
    };
    (message.to_owned(), help)
}

/// The place as bytes; not every error knows more than its line and column.
fn place(location: &Location, text: &str) -> Span {
    let number = |value: u64| usize::try_from(value).unwrap_or(usize::MAX);
    if let (Some(start), Some(length)) = (location.span().byte_offset(), location.span().byte_len())
    {
        let end = number(start).saturating_add(number(length));
        if let Some(covered) = text.get(number(start)..end) {
            return Span { start: number(start), length: covered.trim_end().len() };
        }
    }
    let line = number(location.line()).saturating_sub(1);
    let mut lines = text.split_inclusive('\n');
    let before: usize = lines.by_ref().take(line).map(str::len).sum();
    let columns = number(location.column()).saturating_sub(1);
    let within: usize =
        lines.next().unwrap_or_default().chars().take(columns).map(char::len_utf8).sum();
    Span { start: before + within, length: 0 }
}
