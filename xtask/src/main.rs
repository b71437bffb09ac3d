//! The workshop: starts binaries for tests, tidiness, snapshots, benches and fuzzing; links no crate of
//! this workspace.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

mod bench;
mod cargo;
mod cases;
mod chaos;
mod features;
mod fuzz;
mod python;
mod python_tests;
mod replay;
mod snapshots;
mod table;
mod test;
mod test_models;
mod tidy;
mod tools;
mod workspace;

use std::{ffi::OsString, process::ExitCode};

use clap::{Parser, Subcommand};

use crate::workspace::Workspace;

/// Tasks of this workspace.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Tests the configured models and writes a report; all arguments go to
    /// `llm-manager test-models`
    #[command(disable_help_flag = true)]
    TestModels {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
    /// Runs every test of every kind; the last line counts them
    Test(test::Options),
    /// Checks, reviews or accepts snapshots and generated files
    Snapshots(snapshots::Options),
    /// Runs the benches; all arguments go to `cargo bench`, but after `--python`: then the Python
    /// package alone is measured, and they go to the program that does
    #[command(disable_help_flag = true)]
    Bench {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
    /// Measures what safety costs, on simulated upstreams; `--write` writes the pages in
    /// `docs/benchmarks`
    #[command(disable_help_flag = true)]
    Chaos {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
    /// Runs the fuzz targets; what they find stays in the build folder
    Fuzz(fuzz::Options),
    /// Replays recorded data through the code that decides
    Replay(replay::Options),
    /// Checks what the compiler does not: crate edges, file sizes, docs, counts
    Tidy,
}

fn main() -> ExitCode {
    let task = Arguments::parse().task;
    let workspace = Workspace::here();
    let result = match task {
        Task::TestModels { arguments } => test_models::run(&workspace, &arguments),
        Task::Test(options) => test::run(&workspace, &options),
        Task::Snapshots(options) => snapshots::run(&workspace, &options),
        Task::Bench { arguments } => bench::run(&workspace, &arguments),
        Task::Chaos { arguments } => chaos::run(&workspace, &arguments),
        Task::Fuzz(options) => fuzz::run(&workspace, &options),
        Task::Replay(options) => replay::run(&workspace, &options),
        Task::Tidy => Ok(tidy::run(&workspace)),
    };
    result.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}
