//! Waits with the interpreter released, ended by Ctrl-C.

use std::{future::Future, pin::pin, time::Duration};

use pyo3::{exceptions::PyKeyboardInterrupt, prelude::*};
use tokio::{runtime::Handle, time::timeout};

use super::{ending, exceptions};
use crate::fault::Fault;

/// How often a wait looks whether it is still wanted.
const SLICE: Duration = Duration::from_millis(50);

/// Waits for `future` with the interpreter released.
///
/// # Errors
///
/// The future's own; what a signal handler raises, in the main thread; `KeyboardInterrupt` in any
/// thread. The future is dropped then.
pub(super) fn wait<T: Send>(
    py: Python<'_>,
    runtime: &Handle,
    future: impl Future<Output = Result<T, Fault>> + Send,
) -> PyResult<T> {
    let seen = interrupts(py)?;
    py.detach(|| {
        let result = runtime.block_on(async {
            let mut future = pin!(future);
            loop {
                match timeout(SLICE, future.as_mut()).await {
                    Ok(done) => return done.map_err(exceptions::from),
                    Err(_) if ending::is_over() => {}
                    Err(_) => Python::attach(|py| still_wanted(py, seen))?,
                }
            }
        });
        // Python goes on without threads that are daemons; there is no way back to it.
        ending::stay_if_over();
        result
    })
}

/// Fails when the result of a wait is not wanted any more.
fn still_wanted(py: Python<'_>, seen: u64) -> PyResult<()> {
    py.check_signals()?;
    if interrupts(py)? == seen { Ok(()) } else { Err(PyKeyboardInterrupt::new_err(())) }
}

/// How often Ctrl-C was pressed.
fn interrupts(py: Python<'_>) -> PyResult<u64> {
    py.import("llm_crewai.interrupts")?.call_method0("count")?.extract()
}
