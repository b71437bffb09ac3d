//! Replays recorded verdicts through the judge's decisions; `--write` keeps the figures.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

use std::{
    env, fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use llm_bench::replay_judge::{DECISIONS, Report, TEXTS, Target, page, replay};

/// The folder of recorded data.
const DATA: &str = "LLM_REFERENCE_DATA";
/// Where pages on measurements lie.
const PAGES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/benchmarks");
const USAGE: u8 = 2;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let is_kept = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => false,
        ["--write"] => true,
        _ => {
            eprintln!("usage: replay-judge [--write]");
            return ExitCode::from(USAGE);
        }
    };
    let folder = match data() {
        Ok(folder) => folder,
        Err(reason) => {
            println!("skipped: {reason}");
            return ExitCode::SUCCESS;
        }
    };
    match run(&folder, is_kept) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The folder that holds the verdicts, or why there is none.
fn data() -> Result<PathBuf, String> {
    let folder = env::var_os(DATA).ok_or_else(|| format!("{DATA} is not set"))?;
    let folder = Path::new(&folder).join("data");
    match [DECISIONS, TEXTS].into_iter().find(|file| !folder.join(file).is_file()) {
        None => Ok(folder),
        Some(file) => Err(format!("the folder {DATA} names has no data/{file}")),
    }
}

/// Prints the page and keeps it where asked; whether every target is met.
fn run(folder: &Path, is_kept: bool) -> io::Result<bool> {
    let report = replay(folder)?;
    let page = page(&report);
    if is_kept {
        write(&report, &page)?;
    }
    let missed: Vec<&Target> = report.targets.iter().filter(|target| !target.is_met()).collect();
    // A reader that has seen enough closes the pipe; that is an error to tell, not to panic at.
    let mut out = io::stdout().lock();
    let (n_met, n_targets) = (report.targets.len() - missed.len(), report.targets.len());
    writeln!(out, "{page}\n{n_met} of {n_targets} targets met")?;
    for target in &missed {
        writeln!(out, "MISSED: {}", target.what)?;
    }
    Ok(missed.is_empty())
}

fn write(report: &Report, page: &str) -> io::Result<()> {
    let folder = Path::new(PAGES);
    fs::write(folder.join("replay-judge.json"), report.to_json()?)?;
    fs::write(folder.join("replay-judge.md"), page)
}
