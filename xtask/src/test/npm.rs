//! Installs what npm offers, under the build folder.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use crate::{cargo, workspace::Workspace};

const NPM: &str = if cfg!(windows) { "npm.cmd" } else { "npm" };
const FILES: [&str; 2] = ["package.json", "package-lock.json"];

/// Installs what the two package files in `source` pin, exactly, and says where. Does nothing when
/// it is there already. `Err(reason)` inside when this system has no node.
///
/// # Errors
///
/// When npm fails or the build folder cannot be written.
pub(crate) fn install(
    workspace: &Workspace,
    source: &Path,
) -> Result<Result<PathBuf, &'static str>> {
    for (program, reason) in [("node", "node is not installed"), (NPM, "npm is not installed")] {
        if is_missing(program)? {
            return Ok(Err(reason));
        }
    }
    let folder = workspace.target().join("npm");
    if !is_installed(source, &folder) {
        fs::create_dir_all(&folder)
            .with_context(|| format!("cannot create {}", workspace.relative(&folder)))?;
        for file in FILES {
            fs::copy(source.join(file), folder.join(file))
                .with_context(|| format!("cannot copy {file}"))?;
        }
        // No scripts: nothing that is downloaded runs before it is asked to.
        let mut npm = Command::new(NPM);
        npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(&folder);
        cargo::output(&mut npm)?;
    }
    Ok(Ok(folder))
}

fn is_missing(program: &str) -> Result<bool> {
    match Command::new(program).arg("--version").output() {
        Ok(output) if output.status.success() => Ok(false),
        Ok(_) => bail!("`{program} --version` fails; mend or remove that installation"),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error).with_context(|| format!("cannot start `{program}`")),
    }
}

/// npm writes its own lock last, so that file tells a whole installation from a broken one.
fn is_installed(source: &Path, folder: &Path) -> bool {
    let same = |file| match (fs::read(source.join(file)), fs::read(folder.join(file))) {
        (Ok(wanted), Ok(present)) => wanted == present,
        _ => false,
    };
    FILES.into_iter().all(same) && folder.join("node_modules/.package-lock.json").exists()
}
