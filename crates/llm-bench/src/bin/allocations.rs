//! The heap allocations of one call through everything, and of one with bare reqwest.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

use std::{env, io, process::ExitCode};

use llm_bench::{Bare, Managed, Upstream, serve};

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

/// Calls that open the connection and fill caches; not counted.
const WARM_UP: u32 = 50;
/// Calls counted.
const CALLS: u32 = 500;

fn main() -> ExitCode {
    let role = env::args().nth(1);
    let done = serve(role.as_deref()).and_then(|served| if served { Ok(()) } else { count() });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn count() -> io::Result<()> {
    let upstream = Upstream::start()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let profiler = dhat::Profiler::builder().testing().build();
    let managed = Managed::new(upstream.base_url()).map_err(io::Error::other)?;
    runtime.block_on(print("managed", || managed.call()))?;
    let bare = Bare::new(upstream.base_url()).map_err(io::Error::other)?;
    runtime.block_on(print("bare", || bare.call()))?;
    drop(profiler);
    Ok(())
}

async fn print<F, E>(side: &str, call: impl Fn() -> F) -> io::Result<()>
where
    F: Future<Output = Result<usize, E>>,
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    for _ in 0..WARM_UP {
        call().await.map_err(io::Error::other)?;
    }
    let before = dhat::HeapStats::get();
    for _ in 0..CALLS {
        call().await.map_err(io::Error::other)?;
    }
    let after = dhat::HeapStats::get();
    let calls = u64::from(CALLS);
    println!(
        "{side:>8}: {} allocations and {} bytes a call",
        (after.total_blocks - before.total_blocks) / calls,
        (after.total_bytes - before.total_bytes) / calls,
    );
    Ok(())
}
