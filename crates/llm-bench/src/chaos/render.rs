//! A report as pages for people.

use std::fmt::Write as _;

use super::{
    fault::{HINT_S, TOKENS_BEFORE},
    report::{Cell, Figure, Report, Situation, Target},
    targets::{MOST_AFTER_FAILURE, place},
};

/// The page of the table, the targets and the cancellations. Written from the report alone.
pub fn table_page(report: &Report) -> String {
    let mut page = String::new();
    let mut line = |text: &str| {
        page.push_str(text);
        page.push('\n');
    };
    line("# What safety costs\n");
    line(
        "Written by `cargo xtask chaos --write` from [chaos.json](chaos.json); the situations users know are in [situations.md](situations.md).\n",
    );
    line(
        "Manager, engine and OpenRouter client, as they are shipped and with default settings, call simulated upstreams over 127.0.0.1, client and upstream in one runtime.",
    );
    line("Time is simulated: seconds are those a caller would have waited.");
    let requests = report.requests_per_cell;
    line(&format!(
        "Each line of the tables is {requests} requests, one a second whether or not earlier ones have ended; a healthy answer takes {} in the median.",
        baseline(report)
    ));
    line(&format!("What is drawn comes from seed {}.", report.seed));
    line(
        "In every line the attempts that the outcomes tell of are those in the upstreams' own logs, model by model; otherwise the program fails.\n",
    );
    line("## Targets\n");
    targets(&report.targets, &mut line);
    if report.cells.iter().any(is_asked_on) {
        line(
            "\nWhere a dead model is asked more often than promised, this was seen in the minute after its first failure:\n",
        );
        line(
            "| fault | kind of its errors | attempts before it first rested | probes after that |",
        );
        line("|---|---|---:|---:|");
        for cell in report.cells.iter().filter(|cell| is_asked_on(cell)) {
            line(&asked_on(cell));
        }
    }
    line("\n## How to read the tables\n");
    line("- *fails*: the share of the primary's calls that fail in this way; which ones is drawn.");
    line(
        "- *callers*: `both` ask in turn for whole answers and for streams, for the fault strikes before any content; in mid-stream it matters: a caller who waits for the `whole` answer has been handed nothing yet, one who reads the `streamed` answer has part of it, and no other model may speak in that answer.",
    );
    line("- *success*: requests that got a whole answer.");
    line("- *p50*, *p99*: seconds until the answer or the error.");
    line(
        "- *amplification*: attempts in the upstreams' logs over requests. A refused connection reaches no upstream; it is counted where it was refused.",
    );
    let whole = report.prompt_tokens + u64::try_from(report.answer_tokens).unwrap_or_default();
    line(&format!(
        "- *waste*: tokens a request that may be on the bill for nothing. An attempt that is not the answer counts its prompt ({} tokens) and, if tokens had come (billed `yes`), those; if none had come and nobody can tell whether it is charged (billed `maybe`), a whole answer: {whole} tokens in all. Attempts billed `no` count nothing.",
        report.prompt_tokens
    ));
    line(&format!(
        "- *refused* is a port where nobody listens; *reset* and *cut* end a connection with and without an RST; *hang* is silence before the headers; *http_429_hint* asks for a pause of {HINT_S} s; *html* is a page under status 200; *empty* an answer without text; *mid_stream* is after {TOKENS_BEFORE} of {} tokens, where *error* is an error event in the stream.",
        report.answer_tokens
    ));
    for fallbacks in 0..=2 {
        line(&format!("\n## {} behind the primary\n", models(fallbacks)));
        line("| fault | callers | fails | success | p50 | p99 | amplification | waste |");
        line("|---|---|---:|---:|---:|---:|---:|---:|");
        let cells = report.cells.iter().filter(|cell| cell.fallbacks == fallbacks);
        for cell in cells {
            line(&row(cell));
        }
    }
    line("\n## Leaving\n");
    line(
        "Real time, on whatever machine ran this: callers leave at random moments, many at once, and the simulator's log says when its socket saw it.\n",
    );
    line("| who leaves | how many | p50 | p99 | slowest |");
    line("|---|---:|---:|---:|---:|");
    for row in &report.cancellations {
        line(&format!(
            "| {} | {} | {:.2} ms | {:.2} ms | {:.2} ms |",
            row.case, row.count, row.p50_ms, row.p99_ms, row.slowest_ms
        ));
    }
    page
}

/// The page of the situations.
pub fn situations_page(report: &Report) -> String {
    let mut page = String::new();
    let mut line = |text: &str| {
        page.push_str(text);
        page.push('\n');
    };
    line("# Situations users know\n");
    line("Written by `cargo xtask chaos --write` from [chaos.json](chaos.json).");
    line(
        "The real manager, engine and client against simulated upstreams, default settings unless a line says otherwise, simulated time.",
    );
    line(
        "The attempts that callers tell of are those in the upstreams' own logs, model by model, and, while a server is dead, those it refused; otherwise the program fails.",
    );
    for situation in &report.situations {
        describe(situation, &mut line);
    }
    page
}

/// Promises and whether they were kept, for a terminal.
pub fn verdicts(report: &Report) -> String {
    let verdict = |target: &Target| {
        let met = if target.met { "met   " } else { "MISSED" };
        format!("{met}  {}: {}", target.promise, target.found)
    };
    let lines: Vec<String> = report.promises().map(verdict).collect();
    lines.join("\n")
}

fn describe(situation: &Situation, line: &mut impl FnMut(&str)) {
    line(&format!("\n## {}. {}\n", situation.id, situation.title));
    line(&format!("{}\n", situation.done));
    line("| figure | |");
    line("|---|---:|");
    for figure in &situation.figures {
        line(&format!("| {} | {} |", figure.what, value(figure)));
    }
    if !situation.promises.is_empty() {
        line("");
        targets(&situation.promises, line);
    }
    line(&format!("\nWould a user want it? {}", situation.verdict));
    if situation.by_second.is_empty() {
        return;
    }
    line("\n| second | requests | attempts on the primary | on the fallback |");
    line("|---:|---:|---:|---:|");
    for second in &situation.by_second {
        line(&format!(
            "| {} | {} | {} | {} |",
            second.second, second.requests, second.primary, second.others
        ));
    }
}

fn targets(targets: &[Target], line: &mut impl FnMut(&str)) {
    line("| promise | found | |");
    line("|---|---|---|");
    for target in targets {
        let met = if target.met { "met" } else { "**missed**" };
        line(&format!("| {} | {} | {met} |", target.promise, target.found));
    }
}

/// Whether a dead model with a healthy one behind it is asked more often than promised.
fn is_asked_on(cell: &Cell) -> bool {
    cell.fallbacks == 1
        && cell.percent == 100
        && cell.after_first_failure.attempts > MOST_AFTER_FAILURE
}

/// How a dead model was asked on.
fn asked_on(cell: &Cell) -> String {
    let on = &cell.after_first_failure;
    let kinds: Vec<String> = on.kinds.iter().map(|kind| format!("`{kind}`")).collect();
    format!("| {} | {} | {} | {} |", place(cell), kinds.join(", "), on.before_rest, on.later)
}

fn row(cell: &Cell) -> String {
    let requests = u32::try_from(cell.requests).map_or(f64::NAN, f64::from);
    let wasted = u32::try_from(cell.wasted_tokens).map_or(f64::NAN, f64::from);
    format!(
        "| {} | {} | {} % | {:.1} % | {:.1} | {:.1} | {:.2} | {:.1} |",
        cell.fault,
        cell.callers,
        cell.percent,
        cell.success * 100.0,
        cell.p50_s,
        cell.p99_s,
        cell.amplification,
        wasted / requests,
    )
}

/// What a healthy answer takes in the median.
fn baseline(report: &Report) -> String {
    let healthy = report.cells.iter().find(|cell| cell.percent == 0);
    healthy.map_or_else(String::new, |cell| format!("{:.1} s", cell.p50_s))
}

fn models(count: usize) -> &'static str {
    match count {
        0 => "Nothing",
        1 => "One healthy model",
        _ => "Two healthy models",
    }
}

fn value(figure: &Figure) -> String {
    let mut text = String::new();
    // Writing into a `String` cannot fail.
    let _ = match figure.unit.as_str() {
        "%" => write!(text, "{:.2} %", figure.value),
        "s" => write!(text, "{:.1} s", figure.value),
        "x" => write!(text, "{:.2}", figure.value),
        _ => write!(text, "{}", figure.value),
    };
    text
}
