//! A test run while it lasts.

use std::fmt::Write;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use llm_testrunner::{ModelReport, Progress, ProgressEvent, RunPlan, Status};

use super::{Terminal, blank, say, show_bar};
use crate::arguments::ProgressMode;

/// Tells a person on the standard error how a run goes.
#[derive(Debug)]
pub(crate) struct Reporter {
    lines: bool,
    bar: Option<ProgressBar>,
    unicode: bool,
}

impl Reporter {
    /// Tells it as `mode` says; by itself with a bar where it can be drawn.
    pub(crate) fn new(mode: ProgressMode, terminal: Terminal) -> Self {
        let lines = mode != ProgressMode::None;
        let drawn = match mode {
            ProgressMode::Auto => terminal.is_live,
            ProgressMode::Bar => true,
            ProgressMode::Plain | ProgressMode::None => false,
        };
        let bar = drawn.then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            bar.with_style(style(terminal))
        });
        show_bar(bar.clone());
        Self { lines, bar, unicode: terminal.unicode }
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        show_bar(None);
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn planned(&self, plan: &RunPlan) {
        if let Some(bar) = &self.bar {
            bar.set_length(plan.calls.into());
        }
        self.line(&format!(
            "Testing {}{}, profile {}, {}, concurrency {}\nPlan: {}, about {} tokens in and at most {} out{}",
            count(plan.models.len(), "model"),
            plan.config.as_ref().map_or_else(String::new, |path| format!(" ({})", blank(path))),
            plan.profile.as_str(),
            count(plan.repeats as usize, "repeat"),
            plan.concurrency,
            count(plan.calls as usize, "call"),
            plan.input_tokens,
            plan.output_tokens,
            plan.cost_ceiling().map_or_else(String::new, |cost| format!(", {cost}")),
        ));
    }

    fn finished(&self, model: &ModelReport) {
        if let Some(bar) = &self.bar {
            // Calls that are not sent any more are no longer waited for.
            let planned = bar.length().unwrap_or_default();
            bar.set_length(planned.saturating_sub(model.not_sent.into()));
        }
        let mark = match (model.status, self.unicode) {
            (Status::Ok, true) => '●',
            (Status::Degraded, true) => '▲',
            (Status::Failed, true) => '✖',
            (Status::Skipped, true) => '○',
            (Status::Ok, false) => '+',
            (Status::Degraded, false) => '!',
            (Status::Failed, false) => 'x',
            (Status::Skipped, false) => 'o',
        };
        let status = model.status.as_str();
        let mut line = format!("  {mark} {status:8} {}", blank(&model.model));
        if model.sent > 0 {
            let _infallible = write!(line, "  {}/{}", model.good, model.sent);
        }
        if let Some(skip) = &model.skipped {
            let _infallible = write!(line, "  {}", blank(&skip.reason));
        }
        if let Some(median) = model.time.p50_ms {
            let _infallible = write!(line, "  {:.2} s", median / 1e3);
        }
        if let Some(failure) = model.failures.first() {
            let _infallible = write!(line, "  {}", blank(&failure.error_type));
        }
        self.line(&line);
    }

    fn line(&self, text: &str) {
        if self.lines {
            say(text);
        }
    }
}

impl Progress for Reporter {
    fn event(&self, event: &ProgressEvent<'_>) {
        match event {
            ProgressEvent::Planned(plan) => self.planned(plan),
            ProgressEvent::CallFinished { .. } => {
                if let Some(bar) = &self.bar {
                    bar.inc(1);
                }
            }
            ProgressEvent::ModelFinished { model, .. } => self.finished(model),
            _ => {}
        }
    }
}

fn style(terminal: Terminal) -> ProgressStyle {
    let marks = if terminal.unicode { "█▌·" } else { "#>-" };
    let template = "[{elapsed_precise}] {bar:30} {pos}/{len} calls";
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars(marks)
}

fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}
