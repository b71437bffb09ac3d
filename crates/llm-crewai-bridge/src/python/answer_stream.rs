//! The class `AnswerStream`.

use std::sync::Arc;

use pyo3::prelude::*;
use tokio::sync::{Mutex, watch};

use super::{exceptions, of_process::OfProcess, runtime, waiting};
use crate::{
    fault::{Fault, FaultKind},
    stream::{AnswerEvents, Next},
};

/// A streamed answer. Each piece is a pair: whether it is the reply at the end, and its JSON.
#[derive(Debug)]
#[pyclass(frozen, module = "llm_crewai._native")]
pub(super) struct AnswerStream {
    process: u32,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    events: Mutex<Option<OfProcess<AnswerEvents>>>,
    closed: watch::Sender<bool>,
}

type Piece = Option<(bool, String)>;

impl AnswerStream {
    pub(super) fn new(events: AnswerEvents) -> Self {
        let events = Mutex::new(Some(OfProcess::new(events)));
        let shared = Arc::new(Shared { events, closed: watch::Sender::new(false) });
        Self { process: std::process::id(), shared }
    }

    /// What all calls share, in the process that opened the stream.
    fn shared(&self) -> PyResult<&Arc<Shared>> {
        if self.process == std::process::id() {
            return Ok(&self.shared);
        }
        let message = "the stream belongs to the process that opened it; open another one here";
        Err(exceptions::from(Fault::new(FaultKind::Closed, message)))
    }
}

#[pymethods]
impl AnswerStream {
    /// The next piece; blocks, with the interpreter released. `None` after the reply.
    fn next(&self, py: Python<'_>) -> PyResult<Piece> {
        let shared = Arc::clone(self.shared()?);
        waiting::wait(py, &runtime::handle(py)?, async move { shared.next().await })
    }

    /// The next piece, for `await`.
    fn next_async<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let shared = Arc::clone(self.shared()?);
        runtime::awaitable(py, async move { shared.next().await.map_err(exceptions::from) })
    }

    /// Ends the stream and its connections; whoever waits for a piece gets none.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        let shared = self.shared()?;
        shared.closed.send_replace(true);
        // Whoever waits for a piece, or is being cancelled in that wait, lets go of it now.
        py.detach(|| *shared.events.blocking_lock() = None);
        Ok(())
    }
}

impl Shared {
    async fn next(&self) -> Result<Piece, Fault> {
        let mut closed = self.closed.subscribe();
        let mut events = self.events.lock().await;
        let next = async {
            match events.as_mut().and_then(OfProcess::get_mut) {
                Some(events) => events.next().await,
                None => Ok(None),
            }
        };
        let next = tokio::select! {
            biased;
            _ = closed.wait_for(|closed| *closed) => None,
            next = next => next?,
        };
        if *self.closed.borrow() {
            *events = None;
        }
        Ok(next.map(|next| match next {
            Next::Event(json) => (false, json),
            Next::Reply(json) => (true, json),
        }))
    }
}
