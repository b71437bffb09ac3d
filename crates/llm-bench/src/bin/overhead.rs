//! The CPU of one call through manager, engine and OpenRouter client, over one with bare reqwest.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

use std::{
    env,
    io::{self, Read},
    process::{Command, ExitCode, Stdio},
};

use llm_bench::{Bare, Managed, Upstream, on_cpu, serve};

/// The two sides, as a client process is told.
const MANAGED: &str = "managed";
const BARE: &str = "bare";
/// Pairs measured, one after the other, so that a slow minute hits both sides.
const PAIRS: usize = 9;
/// Calls that fill caches and open the connection; not measured.
const WARM_UP: u32 = 200;
/// Calls measured in each process.
const CALLS: u32 = 3_000;
/// The most that may stand between a product and its model.
const MOST: f64 = 1.5;
/// What we aim at.
const AIM: f64 = 1.25;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["client", side, base_url] => client(side, base_url).map(|()| true),
        ["request"] => print_request().map(|()| true),
        other => serve(other.first().copied())
            .and_then(|served| if served { Ok(true) } else { compare() }),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Measures every pair and prints the table; whether the target is met.
fn compare() -> io::Result<bool> {
    let upstream = Upstream::start()?;
    println!("CPU of one call, {PAIRS} interleaved pairs of {CALLS} calls a process\n");
    println!("pair   managed      bare   ratio");
    let mut ratios = Vec::with_capacity(PAIRS);
    for pair in 1..=PAIRS {
        let managed = measured(MANAGED, upstream.base_url())?;
        let bare = measured(BARE, upstream.base_url())?;
        let ratio = managed / bare;
        println!("{pair:>4}  {managed:>6.1} µs  {bare:>6.1} µs  {ratio:>5.2}");
        ratios.push(ratio);
    }
    ratios.sort_by(f64::total_cmp);
    let median = ratios.get(PAIRS / 2).copied().unwrap_or(f64::NAN);
    let (least, most) = (ratios.first(), ratios.last());
    println!(
        "\nmedian ratio {median:.2} (from {:.2} to {:.2}); at most {MOST}: {}; aim {AIM}: {}",
        least.unwrap_or(&f64::NAN),
        most.unwrap_or(&f64::NAN),
        verdict(median <= MOST),
        verdict(median <= AIM),
    );
    Ok(median <= MOST)
}

const fn verdict(met: bool) -> &'static str {
    if met { "met" } else { "MISSED" }
}

/// Microseconds of CPU a call takes in a fresh process.
fn measured(side: &str, base_url: &str) -> io::Result<f64> {
    let mut child = Command::new(env::current_exe()?)
        .args(["client", side, base_url])
        .stdout(Stdio::piped())
        .spawn()?;
    let mut printed = String::new();
    if let Some(stdout) = &mut child.stdout {
        stdout.read_to_string(&mut printed)?;
    }
    if !child.wait()?.success() {
        return Err(io::Error::other(format!("the client `{side}` failed")));
    }
    printed.trim().parse().map_err(io::Error::other)
}

/// Makes the calls and prints the microseconds of CPU that one of them took.
fn client(side: &str, base_url: &str) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let spent = if side == MANAGED {
        let managed = Managed::new(base_url).map_err(io::Error::other)?;
        runtime.block_on(spent(|| managed.call()))?
    } else {
        let bare = Bare::new(base_url).map_err(io::Error::other)?;
        runtime.block_on(spent(|| bare.call()))?
    };
    println!("{spent}");
    Ok(())
}

/// Prints what both sides send, for the clients in Python.
fn print_request() -> io::Result<()> {
    println!("{}", Bare::body()?);
    Ok(())
}

async fn spent<F, E>(call: impl Fn() -> F) -> io::Result<f64>
where
    F: Future<Output = Result<usize, E>>,
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    for _ in 0..WARM_UP {
        call().await.map_err(io::Error::other)?;
    }
    let before = on_cpu()?;
    for _ in 0..CALLS {
        call().await.map_err(io::Error::other)?;
    }
    Ok(on_cpu()?.saturating_sub(before).as_secs_f64() * 1e6 / f64::from(CALLS))
}
