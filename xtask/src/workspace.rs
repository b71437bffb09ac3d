//! Where the workspace and its build folder are.

use std::{
    env,
    path::{Path, PathBuf},
};

/// The workspace this program belongs to.
#[derive(Debug, Clone)]
pub(crate) struct Workspace {
    root: PathBuf,
    target: PathBuf,
}

impl Workspace {
    /// The workspace around this crate.
    pub(crate) fn here() -> Self {
        // Cargo says it to what it runs; what was known at the build is wrong after the folder moved.
        let manifest_dir = env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        Self::at(manifest_dir.parent().unwrap_or(&manifest_dir))
    }

    /// The workspace at `root`.
    pub(crate) fn at(root: &Path) -> Self {
        let target = env::var_os("CARGO_TARGET_DIR")
            .map_or_else(|| root.join("target"), |target| root.join(target));
        Self { root: root.to_owned(), target }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The build folder: everything this program makes goes here.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// A path inside the workspace.
    pub(crate) fn join(&self, path: impl AsRef<Path>) -> PathBuf {
        self.root.join(path)
    }

    /// `path` as seen from the root, with `/` on every system; as it is when it lies elsewhere.
    pub(crate) fn relative(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).display().to_string().replace('\\', "/")
    }
}
