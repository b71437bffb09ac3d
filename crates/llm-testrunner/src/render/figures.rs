//! Figures as people read them.

use crate::report::{Interval, ModelReport, Totals};

/// `302 ms`.
pub(super) fn millis(value: Option<f64>) -> Option<String> {
    value.map(|millis| format!("{millis:.0} ms"))
}

/// `0.90 s`; whole seconds from 100 on.
pub(super) fn seconds(value: Option<f64>) -> Option<String> {
    value.map(|millis| {
        let seconds = millis / 1e3;
        if seconds < 100.0 { format!("{seconds:.2} s") } else { format!("{seconds:.0} s") }
    })
}

/// A limit, without more digits than it has: `20 s`, `0.5 s`.
pub(super) fn limit(millis: f64) -> String {
    format!("{} s", millis / 1e3)
}

/// `72-100%`, with the given dash.
pub(super) fn interval(interval: Option<Interval>, dash: char) -> Option<String> {
    let percent = |part: f64| format!("{:.0}", part * 100.0);
    interval.map(|ends| format!("{}{dash}{}%", percent(ends.low), percent(ends.high)))
}

/// `9/10`.
pub(super) fn good(model: &ModelReport) -> Option<String> {
    (model.sent > 0).then(|| format!("{}/{}", model.good, model.sent))
}

/// `124`.
pub(super) fn speed(value: Option<f64>) -> Option<String> {
    value.map(|speed| format!("{speed:.0}"))
}

/// `0.010`, or `free`.
pub(super) fn price(value: Option<f64>) -> Option<String> {
    value.map(|usd| match usd {
        usd if usd <= 0.0 => "free".to_owned(),
        usd if usd < 0.001 => "<0.001".to_owned(),
        usd => format!("{usd:.3}"),
    })
}

/// `$0.0049`, `at least $0.0049`, or that it is not known.
pub(super) fn spent(totals: &Totals) -> String {
    match totals.cost_usd {
        _ if totals.calls == 0 => "$0".to_owned(),
        Some(usd) if totals.cost_complete => dollars(usd),
        Some(usd) => format!("at least {}", dollars(usd)),
        None if totals.cost_complete => "$0".to_owned(),
        None => "cost unknown".to_owned(),
    }
}

/// `$0.0049`.
pub(crate) fn dollars(usd: f64) -> String {
    match usd {
        usd if usd <= 0.0 => "$0".to_owned(),
        usd if usd < 0.0001 => "less than $0.0001".to_owned(),
        usd => format!("${usd:.4}"),
    }
}

/// `1 call`, `2 calls`.
pub(super) fn plural(number: u32, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// `3 ok, 2 degraded, 1 failed, 1 skipped`, without those that are none.
pub(super) fn counts(totals: &Totals) -> String {
    let words = [
        (totals.ok, "ok"),
        (totals.degraded, "degraded"),
        (totals.failed, "failed"),
        (totals.skipped, "skipped"),
    ];
    let told = words.iter().filter(|(number, _)| *number > 0);
    told.map(|(number, word)| format!("{number} {word}")).collect::<Vec<_>>().join(", ")
}

/// `standard, 5 repeats after 1 warm-up`.
pub(super) fn profile(report: &crate::report::Report) -> String {
    let settings = &report.settings;
    let warm_up = if settings.warm_up { " after 1 warm-up" } else { "" };
    format!("{}, {}{warm_up}", settings.profile.as_str(), plural(settings.repeats, "repeat"))
}
