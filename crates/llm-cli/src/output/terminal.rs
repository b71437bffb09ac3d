//! What the reader's terminal can show.

use console::Term;
use llm_manager::config::Environment;
use llm_testrunner::TableStyle;

/// The width of what is no terminal.
const NO_TERMINAL: usize = 100;
/// Narrower than this nothing can be read.
const NARROWEST: usize = 40;

/// What the reader of a stream can be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Terminal {
    /// Whether a person reads along and lines can be drawn again.
    pub(crate) is_live: bool,
    /// Whether colours may be used.
    pub(crate) colours: bool,
    /// Whether letters beyond ASCII arrive.
    pub(crate) unicode: bool,
    /// Columns.
    pub(crate) width: usize,
}

impl Terminal {
    /// The reader of the standard output.
    pub(crate) fn output(environment: &Environment) -> Self {
        Self::of(&Term::stdout(), environment)
    }

    /// The reader of the standard error.
    pub(crate) fn errors(environment: &Environment) -> Self {
        Self::of(&Term::stderr(), environment)
    }

    /// How a table looks there.
    pub(crate) fn style(self) -> TableStyle {
        TableStyle { width: self.width, ascii: !self.unicode, color: self.colours }
    }

    fn of(term: &Term, environment: &Environment) -> Self {
        let dumb = environment.get("TERM") == Some("dumb");
        let is_terminal = term.is_term();
        let set = |name| environment.get(name).is_some_and(|value| value != "0");
        let forced = set("CLICOLOR_FORCE") || set("FORCE_COLOR");
        let colours = !dumb && environment.get("NO_COLOR").is_none() && (is_terminal || forced);
        let columns = environment.get("COLUMNS").and_then(|columns| columns.parse().ok());
        let measured = term.size_checked().map(|(_, columns)| usize::from(columns));
        Self {
            is_live: is_terminal && !dumb && environment.get("CI").is_none(),
            colours,
            unicode: !dumb && is_utf8(environment),
            width: columns.or(measured).unwrap_or(NO_TERMINAL).max(NARROWEST),
        }
    }
}

/// Whether the locale is one of Unicode: the first of its variables that is set decides.
fn is_utf8(environment: &Environment) -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| environment.get(name));
    locale.is_some_and(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_locale_variable_that_is_set_decides() {
        let check = |variables: &[(&str, &str)], expected: bool| {
            let environment = variables.iter().copied().collect();
            assert_eq!(is_utf8(&environment), expected, "{variables:?}");
        };
        check(&[], false);
        check(&[("LANG", "C.UTF-8")], true);
        check(&[("LANG", "ru_RU.utf8")], true);
        check(&[("LC_ALL", "C"), ("LANG", "en_US.UTF-8")], false);
        check(&[("LC_ALL", ""), ("LANG", "en_US.UTF-8")], true);
    }
}
