//! What safety costs: the table of faults, the cancellations, the situations, and the targets.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

use std::{env, fs, path::Path, process::ExitCode};

use anyhow::{Result, bail};
use llm_bench::chaos;

/// Where the pages go, from the root of the workspace.
const FOLDER: &str = "docs/benchmarks";

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Runs everything and prints it; whether every target is met.
fn run() -> Result<bool> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let write = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => false,
        ["--write"] => true,
        _ => bail!("usage: chaos [--write]"),
    };
    let report = chaos::run()?;
    let (table, situations) = (chaos::table_page(&report), chaos::situations_page(&report));
    if write {
        let folder = Path::new(FOLDER);
        fs::create_dir_all(folder)?;
        fs::write(folder.join("chaos.json"), serde_json::to_string_pretty(&report)? + "\n")?;
        fs::write(folder.join("chaos.md"), table)?;
        fs::write(folder.join("situations.md"), situations)?;
    } else {
        println!("{table}\n{situations}");
    }
    println!("{}", chaos::verdicts(&report));
    Ok(report.promises().all(|promise| promise.met))
}
