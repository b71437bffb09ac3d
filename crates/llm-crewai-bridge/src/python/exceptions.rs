//! From a fault to an exception.

use pyo3::{PyErr, import_exception};

use crate::fault::{Fault, FaultKind};

import_exception!(llm_crewai.errors, ConfigError);
import_exception!(llm_crewai.errors, UsageError);
import_exception!(llm_crewai.errors, ManagerClosedError);
import_exception!(llm_crewai.errors, InternalError);

/// The exception of a fault.
pub(super) fn from(fault: Fault) -> PyErr {
    match fault.kind {
        FaultKind::Config => ConfigError::new_err(fault.message),
        FaultKind::Usage => UsageError::new_err(fault.message),
        FaultKind::Closed => ManagerClosedError::new_err(fault.message),
        FaultKind::Internal => InternalError::new_err(fault.message),
    }
}
