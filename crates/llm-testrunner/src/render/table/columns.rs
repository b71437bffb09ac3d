//! The table itself: which columns fit, and their cells.

use super::{
    style::TableStyle,
    text::{cut, pad_left, pad_right, shown, width},
};
use crate::{
    render::figures,
    report::{Checks, ModelReport, Report, Status, Support},
};

/// A column that shows a figure of a model that was called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Role,
    Good,
    Interval,
    FirstToken,
    Time,
    P50,
    P90,
    Speed,
    Price,
    Can,
}

/// The columns of a report whose samples carry percentiles.
const MEASURED: [Column; 9] = [
    Column::Role,
    Column::Good,
    Column::Interval,
    Column::FirstToken,
    Column::P50,
    Column::P90,
    Column::Speed,
    Column::Price,
    Column::Can,
];

/// The columns of a report whose samples are too small: the last time stands for itself.
const TRIED: [Column; 6] =
    [Column::Role, Column::Good, Column::Interval, Column::Time, Column::Price, Column::Can];

/// Columns that may go, in this order, until the table fits. Status, model and good stay.
const DROPPED: [Column; 9] = [
    Column::Can,
    Column::Price,
    Column::Speed,
    Column::P90,
    Column::FirstToken,
    Column::Time,
    Column::P50,
    Column::Interval,
    Column::Role,
];

/// The width of symbol and status word, with the spaces around them.
const STATUS_WIDTH: usize = 12;

/// The narrowest a model's name gets.
const LEAST_NAME: usize = 10;

/// Less room than this shows no explanation at all; it stands below the table too.
const LEAST_EXPLANATION: usize = 8;

/// The table of a report.
#[derive(Debug)]
pub(super) struct Table<'a> {
    report: &'a Report,
    style: TableStyle,
    columns: Vec<(Column, usize)>,
    name_width: usize,
}

impl<'a> Table<'a> {
    pub(super) fn new(report: &'a Report, style: TableStyle) -> Self {
        let is_measured = report.models.iter().any(|model| model.time.p50_ms.is_some());
        let all: &[Column] = if is_measured { &MEASURED } else { &TRIED };
        let sized = all.iter().map(|column| (*column, column_width(*column, report)));
        let names = report.models.iter().map(|model| width(&shown(&model.model, style)));
        let mut table = Self {
            report,
            style,
            columns: sized.collect(),
            name_width: names.max().unwrap_or_default().max("MODEL".len()),
        };
        for column in DROPPED {
            if table.width() <= style.width {
                break;
            }
            table.columns.retain(|(kept, _)| *kept != column);
        }
        let excess = table.width().saturating_sub(style.width);
        table.name_width = table.name_width.saturating_sub(excess).max(LEAST_NAME);
        table
    }

    /// Whether the column that a legend explains is shown.
    pub(super) fn shows_abilities(&self) -> bool {
        self.columns.iter().any(|(column, _)| *column == Column::Can)
    }

    pub(super) fn lines(&self) -> Vec<String> {
        let mut head = format!(
            " {} {}",
            pad_right("STATUS", STATUS_WIDTH - 2),
            pad_right("MODEL", self.name_width)
        );
        for (column, width) in &self.columns {
            head.push(' ');
            head.push_str(&align(*column, heading(*column), *width));
        }
        let rows = self.report.models.iter().map(|model| self.row(model));
        std::iter::once(head.trim_end().to_owned()).chain(rows).collect()
    }

    fn row(&self, model: &ModelReport) -> String {
        let style = self.style;
        let word = pad_right(model.status.as_str(), 8);
        let status = style.paint(model.status, &format!("{} {word}", style.symbol(model.status)));
        let name = cut(&shown(&model.model, style), self.name_width, style);
        let mut row = format!(" {status} {}", pad_right(&name, self.name_width));
        if !matches!(model.status, Status::Failed | Status::Skipped) {
            for (column, width) in &self.columns {
                row.push(' ');
                row.push_str(&align(*column, &cell(*column, model), *width));
            }
            return row.trim_end().to_owned();
        }
        let mut used = STATUS_WIDTH + self.name_width;
        for (column, width) in &self.columns {
            if matches!(column, Column::Role | Column::Good) {
                row.push(' ');
                row.push_str(&align(*column, &cell(*column, model), *width));
                used += width + 1;
            }
        }
        let room = style.width.saturating_sub(used + 2);
        if room >= LEAST_EXPLANATION {
            row.push_str("  ");
            row.push_str(&cut(&shown(&explanation(model), style), room, style));
        }
        row.trim_end().to_owned()
    }

    fn width(&self) -> usize {
        let columns: usize = self.columns.iter().map(|(_, width)| width + 1).sum();
        STATUS_WIDTH + self.name_width + columns
    }
}

/// Why a model shows no figures.
fn explanation(model: &ModelReport) -> String {
    if let Some(skip) = &model.skipped {
        return format!("{}: {}", skip.reason, skip.hint);
    }
    let first = model.failures.first();
    first.map(|failure| format!("{}: {}", failure.error_type, failure.message)).unwrap_or_default()
}

const fn heading(column: Column) -> &'static str {
    match column {
        Column::Role => "ROLE",
        Column::Good => "GOOD",
        Column::Interval => "95% INT",
        Column::FirstToken => "TTFT",
        Column::Time => "TIME",
        Column::P50 => "p50",
        Column::P90 => "p90",
        Column::Speed => "TOK/S",
        Column::Price => "$/1K",
        Column::Can => "CAN",
    }
}

fn cell(column: Column, model: &ModelReport) -> String {
    let figure = match column {
        Column::Role => model.role.map(|role| role.as_str().to_owned()),
        Column::Good => figures::good(model),
        Column::Interval => figures::interval(model.interval, '-'),
        Column::FirstToken => figures::millis(model.first_token.p50_ms),
        Column::Time => figures::seconds(model.last_ms),
        Column::P50 => figures::seconds(model.time.p50_ms),
        Column::P90 => figures::seconds(model.time.p90_ms),
        Column::Speed => figures::speed(model.tokens_per_second),
        Column::Price => figures::price(model.usd_per_1k_calls),
        Column::Can => Some(abilities(model.checks)),
    };
    figure.unwrap_or_else(|| "-".to_owned())
}

fn column_width(column: Column, report: &Report) -> usize {
    let figures = report.models.iter().map(|model| width(&cell(column, model)));
    figures.max().unwrap_or_default().max(heading(column).len())
}

fn align(column: Column, text: &str, to: usize) -> String {
    if matches!(column, Column::Role | Column::Can) {
        pad_right(text, to)
    } else {
        pad_left(text, to)
    }
}

/// `JTS`: a letter for what the model can do, `-` for what it cannot.
fn abilities(checks: Checks) -> String {
    let letter = |support: Support, letter: char| match support {
        Support::Unknown => '?',
        Support::Yes => letter,
        Support::Fenced => letter.to_ascii_lowercase(),
        Support::No => '-',
    };
    [letter(checks.json, 'J'), letter(checks.tools, 'T'), letter(checks.stream, 'S')]
        .iter()
        .collect()
}
