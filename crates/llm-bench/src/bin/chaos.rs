//! What safety costs: the table of faults, the cancellations, the situations, and the targets.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use llm_bench::{chaos, pages};

/// Shows what safety costs: faults of every kind and rate, cancellations, situations.
#[derive(Debug, Parser)]
#[command(name = "chaos")]
struct Arguments {
    /// Write docs/benchmarks/chaos.json, chaos.md and situations.md
    #[arg(long)]
    write: bool,
}

fn main() -> ExitCode {
    match run(Arguments::parse().write) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Runs everything and prints it; whether every target is met.
fn run(write: bool) -> Result<bool> {
    let report = chaos::run()?;
    let (table, situations) = (chaos::table_page(&report), chaos::situations_page(&report));
    if write {
        pages::write("chaos", &report, &table)?;
        pages::write_page("situations", &situations)?;
    } else {
        println!("{table}\n{situations}");
    }
    println!("{}", chaos::verdicts(&report));
    Ok(report.promises().all(|promise| promise.met))
}
