//! Replays recorded latencies and prints what the choice of the fastest model is worth.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

use std::{path::PathBuf, process::ExitCode};

use anyhow::Result;
use clap::Parser;
use llm_bench::{
    pages,
    replay_latency::{
        figures::{Extent, Report},
        page::{page, summary},
        records::Records,
    },
};

/// Replays recorded latencies and prints what the choice of the fastest model is worth.
#[derive(Debug, Parser)]
#[command(name = "replay latency")]
struct Arguments {
    /// The folder of the recorded data, which holds `data/latency_70b.csv`
    #[arg(long, env = "LLM_REFERENCE_DATA")]
    reference_data: Option<PathBuf>,
    /// Write docs/benchmarks/replay-latency.json and .md
    #[arg(long)]
    write: bool,
}

fn main() -> ExitCode {
    replay(&Arguments::parse()).unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

fn replay(arguments: &Arguments) -> Result<ExitCode> {
    let folder = arguments.reference_data.as_ref().map(|folder| folder.join("data"));
    let records = folder.map(|folder| Records::read(&folder)).transpose()?.flatten();
    let Some(records) = records else {
        println!("skipped: no recorded latencies; LLM_REFERENCE_DATA does not name their folder");
        return Ok(ExitCode::SUCCESS);
    };
    let report = Report::make(&records, Extent::default())?;
    println!("{}", summary(&report));
    if arguments.write {
        pages::write("replay-latency", &report, &page(&report))?;
    }
    let all_met = report.gates.iter().all(|gate| gate.met);
    Ok(if all_met { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
