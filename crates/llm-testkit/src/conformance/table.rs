//! The reports of several providers side by side.

use super::report::Report;

/// A Markdown table of checks by provider: `yes`, `refused` for what a provider cannot do and
/// says so, `no` for a check that failed, `not run`, and a blank for a failure that a
/// provider's upstream does not know. The last row counts.
///
/// Checks are in the order in which they first ran.
pub fn markdown(reports: &[(&str, &Report)]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for (_, report) in reports {
        let checks = report.checks.iter().map(|check| check.name.as_str());
        for name in checks.chain(report.not_run.iter().copied()) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    let head = row("check", reports.iter().map(|(provider, _)| (*provider).to_owned()));
    let rule = format!("|{}\n", "---|".repeat(reports.len() + 1));
    let checks = names
        .iter()
        .map(|name| row(name, reports.iter().map(|(_, report)| mark(report, name).to_owned())));
    let passed = |report: &Report| report.checks.iter().filter(|check| check.passed).count();
    let sums =
        reports.iter().map(|(_, report)| format!("{} of {}", passed(report), report.checks.len()));
    [head, rule].into_iter().chain(checks).chain([row("all", sums)]).collect()
}

fn row(name: &str, cells: impl Iterator<Item = String>) -> String {
    let cells: Vec<String> = cells.collect();
    format!("| {name} | {} |\n", cells.join(" | "))
}

fn mark(report: &Report, name: &str) -> &'static str {
    match report.checks.iter().find(|check| check.name == name) {
        Some(check) if check.passed && check.refuses => "refused",
        Some(check) if check.passed => "yes",
        Some(_) => "no",
        None if report.not_run.contains(&name) => "not run",
        None => "",
    }
}
