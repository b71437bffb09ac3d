//! `fuzz`: every fuzz target for a while, and what came of it.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use anyhow::{Context, Result, ensure};

use crate::{cargo, tools, workspace::Workspace};

const VERSION: &str = "0.13.2";
/// The package of the targets, a workspace of its own.
const FOLDER: &str = "fuzz";
/// How long one input may take, in seconds, and how much memory a target, in MiB: a bomb is a find.
/// Inputs take milliseconds; the fuzzer's clock also runs while a busy machine lets it wait.
const LIMITS: [&str; 2] = ["-timeout=25", "-rss_limit_mb=1024"];

/// How long, and what.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// How long each target runs
    #[arg(long, default_value_t = 60, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    seconds: u64,
    /// Runs this target alone
    #[arg(long, value_name = "NAME")]
    target: Option<String>,
}

/// Builds the targets and runs them one after another. What they find stays in the build folder.
/// The code is 0 when none found a failure.
///
/// # Errors
///
/// When `cargo-fuzz` cannot be installed, the targets cannot be built, or there is no such target.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<ExitCode> {
    let all = targets(workspace)?;
    let chosen = |name: &&String| options.target.as_ref().is_none_or(|target| target == *name);
    let names: Vec<&String> = all.iter().filter(chosen).collect();
    ensure!(!names.is_empty(), "no such target; there are {}", all.join(", "));
    let built = build(workspace, &names)?;
    let mut code = ExitCode::SUCCESS;
    for name in names {
        println!("{name}: {} s", options.seconds);
        let target = Target::new(workspace, &built, name);
        let outcome = target.run(options.seconds)?;
        println!("{}", outcome.line(name));
        if !outcome.is_good {
            code = ExitCode::FAILURE;
            eprintln!("{}", target.advice(&outcome));
        }
    }
    Ok(code)
}

/// The names of the targets.
fn targets(workspace: &Workspace) -> Result<Vec<String>> {
    let metadata = cargo::members(&Workspace::at(&workspace.join(FOLDER)))?;
    let targets = metadata.packages.into_iter().flat_map(|package| package.targets);
    Ok(targets.map(|target| target.name).collect())
}

/// Builds targets and says in which folder they are.
fn build(workspace: &Workspace, names: &[&String]) -> Result<PathBuf> {
    let program = tools::installed(workspace, "cargo-fuzz", VERSION)?;
    let target_dir = workspace.target().join(FOLDER);
    let mut build = Command::new(program);
    build.current_dir(workspace.root()).args(["build", "--fuzz-dir", FOLDER, "--target-dir"]);
    build.arg(&target_dir);
    // Sanitizers take a nightly compiler, and look for what only unsafe code can do: there is
    // none here. Coverage, which guides the fuzzer, and checks for overflow work without.
    build.args(["--sanitizer", "none"]);
    if let [name] = names {
        build.arg(name);
    }
    let status = build.status().context("cannot start cargo-fuzz")?;
    ensure!(status.success(), "the fuzz targets cannot be built, see above");
    let host = cargo::output(Command::new("rustc").args(["--print", "host-tuple"]))?;
    Ok(target_dir.join(host.trim()).join("release"))
}

/// A target that is built, and its folders.
#[derive(Debug)]
struct Target {
    program: PathBuf,
    /// The inputs that are checked in.
    corpus: PathBuf,
    /// Inputs that reached something new, kept for the next run.
    fresh: PathBuf,
    /// Inputs that failed.
    failures: PathBuf,
    log: PathBuf,
    root: PathBuf,
}

impl Target {
    fn new(workspace: &Workspace, built: &Path, name: &str) -> Self {
        let made = workspace.target().join(FOLDER);
        Self {
            program: built.join(format!("{name}{}", std::env::consts::EXE_SUFFIX)),
            corpus: workspace.join(FOLDER).join("corpus").join(name),
            fresh: made.join("corpus").join(name),
            failures: made.join("failures").join(name),
            log: made.join(format!("{name}.log")),
            root: workspace.root().to_owned(),
        }
    }

    fn run(&self, seconds: u64) -> Result<Outcome> {
        for folder in [&self.fresh, &self.failures] {
            fs::create_dir_all(folder)
                .with_context(|| format!("cannot create {}", folder.display()))?;
        }
        let log = File::create(&self.log).context("cannot write the fuzzer's log")?;
        let status = Command::new(&self.program)
            .current_dir(&self.root)
            .args(LIMITS)
            .args([&format!("-max_total_time={seconds}"), "-print_final_stats=1"])
            .arg(format!("-artifact_prefix={}/", self.failures.display()))
            .args([&self.fresh, &self.corpus])
            .stdout(log.try_clone().context("cannot write the fuzzer's log")?)
            .stderr(log)
            .status()
            .context("cannot start the fuzzer")?;
        let log = fs::read(&self.log).context("cannot read the fuzzer's log")?;
        Ok(Outcome::read(&String::from_utf8_lossy(&log), status.success()))
    }

    /// What to do about a failure.
    fn advice(&self, outcome: &Outcome) -> String {
        let shown =
            |path: &Path| path.strip_prefix(&self.root).unwrap_or(path).display().to_string();
        let (program, log, corpus) = (shown(&self.program), shown(&self.log), shown(&self.corpus));
        let reason = outcome.reason.as_deref().unwrap_or("it ended without a reason");
        let Some(input) = outcome.input.as_deref().map(|input| shown(Path::new(input))) else {
            return format!("  {reason}\n  no input was kept, see {log}");
        };
        format!(
            "  {reason}\n  input:    {input}\n  log:      {log}\n  replay:   {program} {input}\n  \
             minimise: {program} -minimize_crash=1 -max_total_time=30 {input}\n  keep:     copy \
             it to {corpus}/found-<what it shows>, and see \
             `cargo test --package llm-bench --test it corpus` fail"
        )
    }
}

/// What a run came to, as the fuzzer's log says it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Outcome {
    is_good: bool,
    executions: Option<u64>,
    per_second: Option<u64>,
    new_inputs: Option<u64>,
    /// The input that failed.
    input: Option<String>,
    /// Why, in the words of the panic or of the fuzzer.
    reason: Option<String>,
}

impl Outcome {
    fn read(log: &str, is_good: bool) -> Self {
        let after = |mark: &str| log.lines().find_map(|line| Some(line.split_once(mark)?.1.trim()));
        let number = |name: &str| after(&format!("stat::{name}:"))?.parse().ok();
        // A panic says what on the line behind the one that says where.
        let mut lines = log.lines().skip_while(|line| !line.contains("panicked at"));
        let panic = lines.next().zip(lines.next());
        let panic = panic.map(|(place, message)| format!("{place} {message}"));
        Self {
            is_good,
            executions: number("number_of_executed_units"),
            per_second: number("average_exec_per_sec"),
            new_inputs: number("new_units_added"),
            input: after("Test unit written to ").map(str::to_owned),
            reason: panic.or_else(|| after("ERROR: libFuzzer: ").map(str::to_owned)),
        }
    }

    fn line(&self, name: &str) -> String {
        let verdict = if self.is_good { "ok  " } else { "FAIL" };
        let number =
            |number: Option<u64>| number.map_or("?".to_owned(), |number| number.to_string());
        let (executions, rate) = (number(self.executions), number(self.per_second));
        let new = number(self.new_inputs);
        format!("{verdict}  {name:<20}  {executions} executions, {rate} a second, {new} new inputs")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const END: &str = "Done 2097152 runs in 61 second(s)\nstat::number_of_executed_units: 2097152\n\
                       stat::average_exec_per_sec:     34379\nstat::new_units_added:          412\n\
                       stat::slowest_unit_time_sec:    0\nstat::peak_rss_mb:              118\n";

    #[test]
    fn a_run_without_a_failure_is_counted() {
        let outcome = Outcome::read(END, true);
        insta::assert_snapshot!(outcome.line("sse"), @"ok    sse                   2097152 executions, 34379 a second, 412 new inputs");
        assert_eq!((outcome.input, outcome.reason), (None, None));
    }

    #[test]
    fn a_failure_is_told_with_its_input_and_what_to_do() {
        let log = "INFO: Seed: 1\n\nthread '<unnamed>' panicked at src/a.rs:3:5:\nbyte by byte\n\
                   ==7== ERROR: libFuzzer: deadly signal\nartifact_prefix='target/'; Test unit \
                   written to target/fuzz/failures/sse/crash-1\nstat::number_of_executed_units: 9\n";
        let outcome = Outcome::read(log, false);
        let workspace = Workspace::at(Path::new("."));
        let target = Target::new(&workspace, Path::new("built"), "sse");
        // The build folder is where the environment says.
        let advice = target.advice(&outcome).replace(&workspace.relative(&target.log), "LOG");
        insta::assert_snapshot!(format!("{}\n{advice}", outcome.line("sse")), @r"
        FAIL  sse                   9 executions, ? a second, ? new inputs
          thread '<unnamed>' panicked at src/a.rs:3:5: byte by byte
          input:    target/fuzz/failures/sse/crash-1
          log:      LOG
          replay:   built/sse target/fuzz/failures/sse/crash-1
          minimise: built/sse -minimize_crash=1 -max_total_time=30 target/fuzz/failures/sse/crash-1
          keep:     copy it to fuzz/corpus/sse/found-<what it shows>, and see `cargo test --package llm-bench --test it corpus` fail
        ");
    }

    #[test]
    fn a_bomb_is_told_in_the_fuzzers_words() {
        let outcome = Outcome::read("==7== ERROR: libFuzzer: timeout after 25 seconds\n", false);
        assert_eq!(outcome.reason.as_deref(), Some("timeout after 25 seconds"));
    }
}
