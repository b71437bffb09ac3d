//! Replays recorded verdicts through the judge's decisions; `--write` keeps the figures.
#![expect(clippy::print_stderr, reason = "a program for the terminal")]

use std::{
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

use anyhow::Result;
use clap::Parser;
use llm_bench::{
    pages,
    promise::verdict,
    replay_judge::{DECISIONS, TEXTS, page, replay},
};

/// Replays recorded verdicts through the judge's decisions and prints what they are worth.
#[derive(Debug, Parser)]
#[command(name = "replay judge")]
struct Arguments {
    /// The folder of the recorded data, which holds `data/judge_decisions.csv`
    #[arg(long, env = "LLM_REFERENCE_DATA")]
    reference_data: Option<PathBuf>,
    /// Write docs/benchmarks/replay-judge.json and .md
    #[arg(long)]
    write: bool,
}

fn main() -> ExitCode {
    run(&Arguments::parse()).unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

/// Prints the page and keeps it where asked. A promise that is broken is a failure.
fn run(arguments: &Arguments) -> Result<ExitCode> {
    let folder = arguments.reference_data.as_ref().map(|folder| folder.join("data"));
    let holds_all =
        |folder: &PathBuf| [DECISIONS, TEXTS].iter().all(|file| folder.join(file).is_file());
    // A reader that has seen enough closes the pipe; that is an error to tell, not to panic at.
    let mut out = io::stdout().lock();
    let Some(folder) = folder.filter(holds_all) else {
        writeln!(
            out,
            "skipped: no recorded verdicts; LLM_REFERENCE_DATA does not name their folder"
        )?;
        return Ok(ExitCode::SUCCESS);
    };
    let report = replay(&folder)?;
    let page = page(&report);
    if arguments.write {
        pages::write("replay-judge", &report, &page)?;
    }
    writeln!(out, "{page}\n{}", verdict(&report.targets))?;
    let all_met = report.targets.iter().all(|target| target.met);
    Ok(if all_met { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
