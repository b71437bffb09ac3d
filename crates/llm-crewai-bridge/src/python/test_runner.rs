//! The class `TestRunner`.

use std::{path::PathBuf, sync::Arc};

use pyo3::prelude::*;

use super::{exceptions, manager::Manager, runtime, waiting};
use crate::testing::Tests;

/// Tests the models of a manager. Reports are JSON.
#[derive(Debug)]
#[pyclass(frozen, module = "llm_crewai._native")]
pub(super) struct TestRunner {
    manager: Py<Manager>,
    tests: Arc<Tests>,
}

#[pymethods]
impl TestRunner {
    #[new]
    fn new(manager: Py<Manager>, options: &str) -> PyResult<Self> {
        let tests = Arc::new(Tests::new(options).map_err(exceptions::from)?);
        Ok(Self { manager, tests })
    }

    /// Tests every model; blocks, with the interpreter released.
    fn run(&self, py: Python<'_>) -> PyResult<String> {
        let (service, tests) = (self.manager.get().service(py)?, Arc::clone(&self.tests));
        waiting::wait(py, &runtime::handle(py)?, async move { tests.run(&service).await })
    }

    /// Tests every model, for `await`.
    fn run_async<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let (service, tests) = (self.manager.get().service(py)?, Arc::clone(&self.tests));
        runtime::awaitable(py, async move { tests.run(&service).await.map_err(exceptions::from) })
    }

    /// The models of the last run that can be relied on.
    fn working_models(&self) -> Vec<String> {
        self.tests.working_models()
    }

    /// The models of the last run that answered, with the middle of their times in seconds.
    fn fastest_models(&self) -> Vec<(String, f64)> {
        self.tests.fastest_models()
    }

    /// Writes the last run's report as Markdown.
    fn export_markdown(&self, py: Python<'_>, path: PathBuf) -> PyResult<PathBuf> {
        py.detach(|| self.tests.export_markdown(path)).map_err(exceptions::from)
    }
}
