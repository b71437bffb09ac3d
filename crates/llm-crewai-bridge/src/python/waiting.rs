//! Waits with the interpreter released, ended by signals and by the end of the program.

use std::{future::Future, pin::pin, time::Duration};

use pyo3::prelude::*;
use tokio::{runtime::Handle, time::timeout};

use super::exceptions;
use crate::fault::{Fault, FaultKind};

/// How often a wait looks whether it is still wanted.
const SLICE: Duration = Duration::from_millis(50);

/// Waits for `future` with the interpreter released.
///
/// # Errors
///
/// The future's own, and whatever Python raises meanwhile: `KeyboardInterrupt` in the main thread,
/// an exception in any other when the program ends. The future is dropped then.
pub(super) fn wait<T: Send>(
    py: Python<'_>,
    runtime: &Handle,
    future: impl Future<Output = Result<T, Fault>> + Send,
) -> PyResult<T> {
    py.detach(|| {
        runtime.block_on(async {
            let mut future = pin!(future);
            loop {
                match timeout(SLICE, future.as_mut()).await {
                    Ok(done) => return done.map_err(exceptions::from),
                    Err(_) => still_wanted()?,
                }
            }
        })
    })
}

/// Fails when the result of a wait is not wanted any more.
fn still_wanted() -> PyResult<()> {
    let ending = || exceptions::from(Fault::new(FaultKind::Closed, "the program is ending"));
    let looked = Python::try_attach(|py| {
        py.check_signals()?;
        // Python joins threads before it ends: a wait in one of them would hold it up.
        let main = py.import("threading")?.call_method0("main_thread")?;
        if main.call_method0("is_alive")?.is_truthy()? { Ok(()) } else { Err(ending()) }
    });
    looked.unwrap_or_else(|| Err(ending()))
}
