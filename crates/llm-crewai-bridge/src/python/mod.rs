//! The extension module `llm_crewai._native`: JSON in, JSON out.
//!
//! | file | concern |
//! |---|---|
//! | `manager` | the class `Manager` |
//! | `answer_stream` | the class `AnswerStream` |
//! | `test_runner` | the class `TestRunner` |
//! | `waiting` | waits with the interpreter released, ended by signals |
//! | `runtime` | the runtime of this process, and what asyncio waits for |
//! | `ending` | the end of the program, when threads still wait |
//! | `of_process` | what a forked child must not touch |
//! | `exceptions` | from a fault to an exception |
//!
//! What is decided lies outside of this folder, where no Python is needed to test it.

mod answer_stream;
mod ending;
mod exceptions;
mod manager;
mod of_process;
mod runtime;
mod test_runner;
mod waiting;

use pyo3::prelude::*;

#[pymodule]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_class::<manager::Manager>()?;
    module.add_class::<answer_stream::AnswerStream>()?;
    module.add_class::<test_runner::TestRunner>()?;
    ending::watch(module)
}
