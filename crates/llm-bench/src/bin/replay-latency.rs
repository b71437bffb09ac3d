//! Replays recorded latencies and prints what the choice of the fastest model is worth.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, Result};
use clap::Parser;
use llm_bench::replay_latency::{
    figures::{Extent, Report},
    page::{page, summary},
    records::Records,
};

/// Where the page is kept.
const PAGES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/benchmarks");

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
        let write = |name: &str, text: String| {
            let path = Path::new(PAGES).join(name);
            fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
        };
        write("replay-latency.json", serde_json::to_string_pretty(&report)? + "\n")?;
        write("replay-latency.md", page(&report))?;
    }
    let missed: Vec<&str> =
        report.gates.iter().filter(|gate| !gate.met).map(|gate| gate.name.as_str()).collect();
    if missed.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("missed: {}", missed.join("; "));
    Ok(ExitCode::FAILURE)
}
