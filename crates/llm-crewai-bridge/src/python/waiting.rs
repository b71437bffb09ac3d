//! Waits with the interpreter released, ended by Ctrl-C.

use std::{
    future::Future,
    sync::mpsc::{RecvTimeoutError, sync_channel},
    time::Duration,
};

use pyo3::{exceptions::PyKeyboardInterrupt, prelude::*};
use tokio::{runtime::Handle, task::AbortHandle};

use super::{ending, exceptions};
use crate::fault::{Fault, FaultKind};

/// How often a wait looks whether it is still wanted.
const SLICE: Duration = Duration::from_millis(50);

/// Waits for `future` with the interpreter released.
///
/// The future runs on the runtime's own thread: from here it would wake that thread for every
/// timer and every piece of an answer.
///
/// # Errors
///
/// The future's own; what a signal handler raises, in the main thread; `KeyboardInterrupt` in any
/// thread. The runtime's thread drops the future then, a moment after the wait has ended.
pub(super) fn wait<T: Send + 'static>(
    py: Python<'_>,
    runtime: &Handle,
    future: impl Future<Output = Result<T, Fault>> + Send + 'static,
) -> PyResult<T> {
    let seen = interrupts(py)?;
    py.detach(|| {
        let (sender, receiver) = sync_channel(1);
        let task = runtime.spawn(async move {
            // Nobody listens any more where the wait was given up.
            let _ = sender.send(future.await);
        });
        let _task = AbortOnDrop(task.abort_handle());
        let result = loop {
            match receiver.recv_timeout(SLICE) {
                Ok(done) => break done.map_err(exceptions::from),
                Err(RecvTimeoutError::Timeout) if ending::is_over() => {}
                Err(RecvTimeoutError::Timeout) => {
                    if let Err(raised) = Python::attach(|py| still_wanted(py, seen)) {
                        break Err(raised);
                    }
                }
                Err(RecvTimeoutError::Disconnected) => {
                    let message =
                        "a defect of the manager ended this call; others are not affected";
                    break Err(exceptions::from(Fault::new(FaultKind::Internal, message)));
                }
            }
        };
        // Python goes on without threads that are daemons; there is no way back to it.
        ending::stay_if_over();
        result
    })
}

/// Ends a task that nobody waits for.
struct AbortOnDrop(AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
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
