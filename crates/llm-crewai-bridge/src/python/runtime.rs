//! The runtime of this process, and how asyncio waits for it.

use std::{
    cell::OnceCell,
    future::Future,
    pin::Pin,
    sync::{Mutex, PoisonError},
};

use pyo3::{exceptions::PyRuntimeError, prelude::*};
use pyo3_async_runtimes::{
    TaskLocals,
    generic::{self, ContextExt},
};
use tokio::{
    runtime::{Builder, Handle, Runtime},
    task::{JoinError, JoinHandle},
};

use super::{ending, of_process::OfProcess};

/// The runtime of this process; a forked child makes its own.
///
/// It is locked by whoever holds the interpreter, and never beyond that: a fork, which Python does
/// with the interpreter held, cannot find it locked.
static RUNTIME: Mutex<Option<OfProcess<Runtime>>> = Mutex::new(None);

/// The runtime of this process, made at first use.
pub(super) fn handle(_interpreter_is_held: Python<'_>) -> PyResult<Handle> {
    let mut runtime = RUNTIME.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(runtime) = runtime.as_ref().and_then(OfProcess::get) {
        return Ok(runtime.handle().clone());
    }
    // One thread does the waiting of all calls: a second one would mostly be woken in vain, and
    // Python runs one thread at a time anyway.
    let made = Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name("llm-manager")
        .enable_all()
        .build();
    let made =
        made.map_err(|error| PyRuntimeError::new_err(format!("cannot start any thread: {error}")))?;
    let handle = made.handle().clone();
    *runtime = Some(OfProcess::new(made));
    Ok(handle)
}

/// What `await` waits for. Cancelling it drops the future, and with it its connections.
pub(super) fn awaitable<'py, T>(
    py: Python<'py>,
    future: impl Future<Output = PyResult<T>> + Send + 'static,
) -> PyResult<Bound<'py, PyAny>>
where
    T: for<'object> IntoPyObject<'object> + Send + 'static,
{
    let handle = handle(py)?;
    let _entered = handle.enter();
    generic::future_into_py::<Entered, _, T>(py, async {
        let result = future.await;
        if ending::is_over() {
            // The loop that waited is gone.
            std::future::pending::<()>().await;
        }
        result
    })
}

tokio::task_local! {
    static LOCALS: OnceCell<TaskLocals>;
}

/// Whatever runtime the caller is in: the library's own lives as long as its first process.
struct Entered;

impl generic::Runtime for Entered {
    type JoinError = JoinError;
    type JoinHandle = JoinHandle<()>;

    fn spawn<F: Future<Output = ()> + Send + 'static>(future: F) -> JoinHandle<()> {
        Handle::current().spawn(future)
    }

    /// Work that enters Python. It is left out where Python has ended, which a loop that was left
    /// with calls in flight does before they notice.
    fn spawn_blocking<F: FnOnce() + Send + 'static>(work: F) -> JoinHandle<()> {
        Handle::current().spawn_blocking(|| {
            if !ending::is_over() {
                Python::try_attach(|_| work());
            }
        })
    }
}

impl ContextExt for Entered {
    fn scope<F, R>(locals: TaskLocals, future: F) -> Pin<Box<dyn Future<Output = R> + Send>>
    where
        F: Future<Output = R> + Send + 'static,
    {
        Box::pin(LOCALS.scope(OnceCell::from(locals), future))
    }

    fn get_task_locals() -> Option<TaskLocals> {
        LOCALS.try_with(|locals| locals.get().cloned()).unwrap_or_default()
    }
}
