//! The page: what was replayed, how, and what came of it.

use std::fmt::Write;

use super::{
    figures::{Comparison, Figures, Recovery, Report, SHARE_OF, Speed},
    rules::ENDPOINTS_ASKED,
    run::{Policy, TIME_OUT},
    scenario::Scenario,
    world::FAILS_AFTER,
};
use crate::{
    markdown::{head, row, section},
    promise,
};

/// The policies of the tables, with their names.
const POLICIES: [(Policy, &str); 3] = [
    (Policy::LastTime, "last response time"),
    (Policy::RunningMean, "running mean"),
    (Policy::Ours, "the engine"),
];

/// The page as Markdown.
pub fn page(report: &Report) -> String {
    let parts = [
        opening(report),
        endpoints(report),
        scenarios(),
        against(report),
        gates(report),
        recovery(&report.recovery, report),
        held_out(report),
        method(report),
    ];
    parts.concat()
}

/// What a terminal shows.
pub fn summary(report: &Report) -> String {
    let parts = [
        against(report),
        held_out(report),
        recovery(&report.recovery, report),
        gates(report),
        format!("\n{}", promise::verdict(&report.gates)),
    ];
    parts.concat()
}

fn opening(report: &Report) -> String {
    let extent = &report.extent;
    format!(
        "# The choice of the fastest model, on recorded latencies\n\n\
         Written by `cargo xtask replay latency --write`; the figures are in \
         [replay-latency.json](replay-latency.json).\n\n\
         Real pairs of time to first token and time a token are drawn for every call, from the \
         answered calls of six hosts of Llama 2 70B.\n\
         A run is {} requests; their arrivals and lengths are consecutive ones of an hour of real \
         traffic, stretched to one a second.\n\
         The scenarios run with the seeds {}.\n\
         The trouble is added; only the base latencies are real, and they are those of one fleet \
         of 2023.\n\n",
        extent.n_requests,
        listed(&extent.seeds)
    )
}

fn endpoints(report: &Report) -> String {
    let mut text = String::new();
    head(&mut text, &["host"], &["recorded calls", "an answer of average length takes"]);
    for Speed { name, n_calls, mean_s } in &report.endpoints {
        row(&mut text, &[name, &n_calls.to_string(), &format!("{mean_s:.2} s")]);
    }
    text
}

fn scenarios() -> String {
    let mut text = String::new();
    section(
        &mut text,
        "Scenarios",
        "Where a window lies within its half of the run, how much slower a model is and which \
         share of its calls fails is drawn anew for each seed.\n",
    );
    head(&mut text, &["scenario", "what happens"], &[]);
    for scenario in Scenario::COMPARED.into_iter().chain([Scenario::Recovery]) {
        row(&mut text, &[scenario.name(), &scenario.description()]);
    }
    text
}

fn against(report: &Report) -> String {
    let mut text = String::new();
    section(&mut text, "The engine against two simpler rules", "");
    table(&mut text, &report.compared);
    text
}

fn held_out(report: &Report) -> String {
    let mut text = String::new();
    let seeds = format!("Seeds {}, for information.\n", listed(&report.extent.hold_out));
    section(&mut text, "Other seeds", &seeds);
    table(&mut text, &report.held_out);
    text
}

fn table(text: &mut String, comparisons: &[Comparison]) {
    text.push_str(
        "Mean latency over that of an oracle which knows how each model is doing; in brackets the \
         99th percentile in seconds.\n\n",
    );
    let names: Vec<_> = comparisons.iter().map(|found| found.scenario.name()).collect();
    head(text, &["policy"], &names);
    for (policy, name) in POLICIES {
        let cells = comparisons.iter().map(|comparison| {
            let figures = figures_of(comparison, policy);
            format!("{:.3} ({:.1})", figures.over_oracle, figures.p99_s)
        });
        let cells: Vec<String> = std::iter::once(name.to_owned()).chain(cells).collect();
        row(text, &cells);
    }
    let unanswered = |policy: Policy| {
        let each = comparisons.iter().map(|found| figures_of(found, policy).unanswered);
        each.map(|mean| format!("{mean:.1}")).collect::<Vec<_>>().join(", ")
    };
    let _ = writeln!(
        text,
        "\nRequests of a run without an answer, in the mean; they count as {} s:",
        limit()
    );
    for (policy, name) in POLICIES {
        let _ = writeln!(text, "{name} {};", unanswered(policy));
    }
    let _ = writeln!(text, "the oracle {}.", unanswered(Policy::Oracle));
}

fn gates(report: &Report) -> String {
    let mut text = String::new();
    section(&mut text, "What must hold", "");
    promise::table(&mut text, &report.gates);
    text
}

fn recovery(recovery: &[Recovery], report: &Report) -> String {
    let extent = &report.extent;
    let how = format!(
        "The fastest model is slow for the second quarter of the run.\n\
         It is left when it answers less than half of {SHARE_OF} requests in a row, found again \
         when it answers at least half.\n\
         The runs have the seeds {}, {} in all, where the scenarios have {}: one run in which it \
         is not found again breaks the promise, so more runs are stricter.\n",
        listed(&extent.recovery),
        extent.recovery.len(),
        extent.seeds.len()
    );
    let mut text = String::new();
    section(&mut text, "A model that was slow and recovers", &how);
    head(
        &mut text,
        &["policy"],
        &["left after (median)", "found again after (median)", "longest", "never found"],
    );
    for (policy, name) in POLICIES {
        let own = || recovery.iter().filter(|recovery| recovery.policy == policy);
        let left = sorted(own().map(|recovery| recovery.left_after_s));
        let found = sorted(own().map(|recovery| recovery.found_after_s));
        let never = found.iter().filter(|seconds| seconds.is_infinite()).count();
        let cells = [
            name.to_owned(),
            seconds(middle(&left)),
            seconds(middle(&found)),
            seconds(found.iter().copied().rfind(|seconds| seconds.is_finite())),
            format!("{never} of {}", found.len()),
        ];
        row(&mut text, &cells);
    }
    text
}

fn method(report: &Report) -> String {
    format!(
        "\n## How\n\n\
         - The engine is the real one, with `Single::fastest()`, six primaries of one model each, \
         their own health, ranking and probes, in paused time; nothing of it is rebuilt for this \
         page.\n\
         - Its settings are those it is shipped with, but for its time limit: {}; streams asked \
         for upstream, the default time limits of a model.\n\
         - Every policy meets the same requests and the same luck: call number n of a model within \
         a request draws the same latency, failure and spike, whoever makes it.\n\
         - A policy learns from a call when it ends.\n\
         - A failed call goes on to another model, to {ENDPOINTS_ASKED} in all; the engine would go \
         on, but an answer that took it more models counts as none.\n\
         - A fault takes {fault} ms and is a 429, a 500 or a 503, each as often.\n\
         - A request has {limit} s; one without an answer counts as {limit} s.\n\
         - The last response time counts failures as any other answer and a model that was not \
         measured as the fastest, and never explores.\n\
         - The running mean leaves failures out and asks each unmeasured model once.\n\
         - The oracle knows how much slower each model is at the moment and which share of its \
         calls fails, and asks the one whose answer of average length is expected first.\n",
        report.settings.join(", "),
        fault = FAILS_AFTER.as_millis(),
        limit = limit(),
    )
}

fn figures_of(comparison: &Comparison, policy: Policy) -> &Figures {
    match policy {
        Policy::Oracle => &comparison.oracle,
        Policy::LastTime => &comparison.last_time,
        Policy::RunningMean => &comparison.running_mean,
        Policy::Ours => &comparison.ours,
    }
}

fn limit() -> u64 {
    TIME_OUT.as_secs()
}

fn listed(seeds: &[u64]) -> String {
    match seeds {
        [first, .., last] => format!("{first} to {last}"),
        other => other.iter().map(u64::to_string).collect(),
    }
}

/// What never came is later than everything.
fn sorted(times: impl Iterator<Item = Option<f64>>) -> Vec<f64> {
    let mut times: Vec<f64> = times.map(|seconds| seconds.unwrap_or(f64::INFINITY)).collect();
    times.sort_by(f64::total_cmp);
    times
}

fn middle(sorted: &[f64]) -> Option<f64> {
    let lower = sorted.get(sorted.len().checked_sub(1)? / 2)?;
    Some(f64::midpoint(*lower, *sorted.get(sorted.len() / 2)?))
}

fn seconds(seconds: Option<f64>) -> String {
    match seconds {
        Some(seconds) if seconds.is_finite() => format!("{seconds:.0} s"),
        _ => "never".to_owned(),
    }
}
