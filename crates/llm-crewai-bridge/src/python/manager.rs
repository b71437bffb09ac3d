//! The class `Manager`.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

use llm_manager::config::Environment;
use pyo3::prelude::*;

use super::{answer_stream::AnswerStream, exceptions, of_process::OfProcess, runtime, waiting};
use crate::{
    fault::{Fault, FaultKind},
    service::Service,
};

/// A manager. Requests and replies are JSON; `llm_crewai.LLMManager` gives them a form.
#[derive(Debug)]
#[pyclass(frozen, module = "llm_crewai._native")]
pub(super) struct Manager {
    path: PathBuf,
    environment: Environment,
    state: Mutex<State>,
}

/// Locked with the interpreter held and never beyond that: a fork cannot find it locked.
#[derive(Debug)]
enum State {
    Open(OfProcess<Service>),
    Closed,
}

#[pymethods]
impl Manager {
    #[new]
    fn new(py: Python<'_>, path: PathBuf, environment: BTreeMap<String, String>) -> PyResult<Self> {
        let environment: Environment = environment.into_iter().collect();
        let service = py.detach(|| Service::open(&path, environment.clone()));
        let service = OfProcess::new(service.map_err(exceptions::from)?);
        Ok(Self { path, environment, state: Mutex::new(State::Open(service)) })
    }

    /// Answers a call; blocks, with the interpreter released.
    fn generate(&self, py: Python<'_>, request: String) -> PyResult<String> {
        let service = self.service(py)?;
        let answer = async move { service.generate(&request).await };
        waiting::wait(py, &runtime::handle(py)?, answer)
    }

    /// Answers a call, for `await`.
    fn generate_async<'py>(&self, py: Python<'py>, request: String) -> PyResult<Bound<'py, PyAny>> {
        let service = self.service(py)?;
        runtime::awaitable(
            py,
            async move { service.generate(&request).await.map_err(exceptions::from) },
        )
    }

    /// Streams the answer to a call.
    fn stream(&self, py: Python<'_>, request: &str) -> PyResult<AnswerStream> {
        let events = self.service(py)?.stream(request).map_err(exceptions::from)?;
        Ok(AnswerStream::new(events))
    }

    /// Tokens of a conversation and its tools, by estimate.
    fn count_tokens(&self, py: Python<'_>, request: &str) -> PyResult<u64> {
        self.service(py)?.count_tokens(request).map_err(exceptions::from)
    }

    /// Every model in chain order with what is known of it.
    fn models(&self, py: Python<'_>) -> PyResult<String> {
        Ok(self.service(py)?.models())
    }

    /// The model from which the fastest answer is expected.
    fn fastest_model(&self, py: Python<'_>) -> PyResult<Option<String>> {
        Ok(self.service(py)?.fastest_model())
    }

    /// The model a name stands for, as `provider:id`.
    fn resolve(&self, py: Python<'_>, name: &str) -> PyResult<String> {
        self.service(py)?.resolve(name).map_err(exceptions::from)
    }

    /// How the default model is called, for who calls it without the manager: with its key.
    fn default_connection(&self, py: Python<'_>) -> PyResult<String> {
        self.service(py)?.default_connection().map_err(exceptions::from)
    }

    /// Ends every call in flight and refuses later ones; writes what was learned.
    fn close(&self, py: Python<'_>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let open = std::mem::replace(&mut *state, State::Closed);
        drop(state);
        if let State::Open(service) = open
            && let Some(service) = service.get().cloned()
        {
            py.detach(|| service.close());
        }
    }

    /// Writes what was learned, and leaves calls in flight as they are.
    fn save(&self, py: Python<'_>) {
        if let Ok(Some(service)) = self.opened() {
            py.detach(|| service.manager().save());
        }
    }

    /// Whether it was closed.
    #[getter]
    fn closed(&self) -> bool {
        matches!(*self.state.lock().unwrap_or_else(PoisonError::into_inner), State::Closed)
    }
}

impl Manager {
    /// The service of this process; a forked child opens its own, from the same file.
    pub(super) fn service(&self, py: Python<'_>) -> PyResult<Service> {
        if let Some(service) = self.opened()? {
            return Ok(service);
        }
        let opened = py.detach(|| Service::open(&self.path, self.environment.clone()));
        let opened = opened.map_err(exceptions::from)?;
        // Another thread may have been as quick: the first one stays.
        if let Some(service) = self.opened()? {
            return Ok(service);
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        *state = State::Open(OfProcess::new(opened.clone()));
        Ok(opened)
    }

    fn opened(&self) -> PyResult<Option<Service>> {
        match &*self.state.lock().unwrap_or_else(PoisonError::into_inner) {
            State::Open(service) => Ok(service.get().cloned()),
            State::Closed => {
                Err(exceptions::from(Fault::new(FaultKind::Closed, "the manager is closed")))
            }
        }
    }
}
