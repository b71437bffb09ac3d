//! Draws the problems of a configuration where they are.

use std::fmt;

use llm_manager::config::{Diagnostic, Severity};
use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, SourceCode};

use super::{Terminal, blank};

/// `problems` under one headline, each with its lines of the file.
pub(crate) fn draw(problems: &[Diagnostic], terminal: Terminal) -> String {
    let mut files: Vec<&str> =
        problems.iter().filter_map(|problem| Some(problem.source()?.name())).collect();
    files.dedup();
    let place = match files.as_slice() {
        [] => "the configuration".to_owned(),
        [file] => blank(file),
        files => blank(&files.join(" and ")),
    };
    let count = match problems.len() {
        1 => "1 problem".to_owned(),
        count => format!("{count} problems"),
    };
    let report = Report {
        headline: format!("{count} in {place}"),
        problems: problems.iter().map(Problem::new).collect(),
    };
    let theme = match (terminal.unicode, terminal.colours) {
        (true, true) => GraphicalTheme::unicode(),
        (true, false) => GraphicalTheme::unicode_nocolor(),
        (false, true) => GraphicalTheme::ascii(),
        (false, false) => GraphicalTheme::none(),
    };
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_width(terminal.width)
        .with_links(false)
        .without_syntax_highlighting();
    let mut drawn = String::new();
    if handler.render_report(&mut drawn, &report).is_err() {
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        return blank(&lines.join("\n"));
    }
    drawn.trim_end().to_owned()
}

/// The headline with what stands under it.
#[derive(Debug)]
struct Report {
    headline: String,
    problems: Vec<Problem>,
}

/// A problem as miette draws it.
#[derive(Debug)]
struct Problem {
    code: &'static str,
    message: String,
    severity: Severity,
    help: Option<String>,
    source: Option<NamedSource<String>>,
    labels: Vec<LabeledSpan>,
}

impl Problem {
    fn new(problem: &Diagnostic) -> Self {
        let source = problem.source();
        let message = match (source, problem.path.as_str()) {
            (Some(_), _) => problem.message.clone(),
            (None, "") => format!("{}: {}", problem.layer(), problem.message),
            (None, path) => format!("{} ({path}): {}", problem.layer(), problem.message),
        };
        let label = |label: &llm_manager::config::Label| {
            let text = (!label.text.is_empty()).then(|| blank(&label.text));
            LabeledSpan::new(text, label.span.start, label.span.length)
        };
        Self {
            code: problem.code.as_str(),
            message: blank(&message),
            severity: problem.severity,
            help: problem.help.as_deref().map(blank),
            source: source.map(|file| NamedSource::new(blank(file.name()), blank(file.text()))),
            labels: source.map(|_| problem.labels.iter().map(label).collect()).unwrap_or_default(),
        }
    }
}

impl miette::Diagnostic for Report {
    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn miette::Diagnostic> + 'a>> {
        Some(Box::new(self.problems.iter().map(|problem| problem as &dyn miette::Diagnostic)))
    }
}

impl miette::Diagnostic for Problem {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.code))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.severity {
            Severity::Info => miette::Severity::Advice,
            Severity::Warning => miette::Severity::Warning,
            Severity::Error => miette::Severity::Error,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_ref().map(|source| source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.headline)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Report {}

impl std::error::Error for Problem {}
