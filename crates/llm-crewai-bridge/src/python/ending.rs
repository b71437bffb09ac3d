//! The end of the program, from which on no other thread can enter Python.

use std::{
    sync::OnceLock,
    thread::{self, ThreadId},
};

use pyo3::{prelude::*, wrap_pyfunction};

/// The thread that ends the program.
static ENDS_IN: OnceLock<ThreadId> = OnceLock::new();

/// Has the end of the program noticed, just before Python takes itself apart.
pub(super) fn watch(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let begin = wrap_pyfunction!(begin, module)?;
    module.py().import("atexit")?.call_method1("register", (begin,))?;
    Ok(())
}

#[pyfunction]
fn begin() {
    ENDS_IN.get_or_init(|| thread::current().id());
}

/// Whether this thread cannot enter Python any more: one that tried would be torn down in the
/// middle of our code, or panic.
pub(super) fn is_over() -> bool {
    ENDS_IN.get().is_some_and(|ends_in| *ends_in != thread::current().id())
}

/// Waits for the end of the process, if the program is over for this thread.
pub(super) fn stay_if_over() {
    while is_over() {
        thread::park();
    }
}
