//! Python, what is installed for it, and the wheel, all under the build folder.

pub(crate) mod interpreter;
pub(crate) mod venv;
pub(crate) mod wheel;

use std::path::PathBuf;

use crate::workspace::Workspace;

/// Where everything for Python goes.
pub(crate) fn folder(workspace: &Workspace) -> PathBuf {
    workspace.target().join("python")
}
