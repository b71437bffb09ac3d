//! What a program sees that is started for the tests: no cargo, no keys, no network but loopback.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, ensure};

use crate::{
    python::{self, venv::Installation},
    workspace::Workspace,
};

/// Variables that are handed on; all others are not, so that no key can be.
const KEPT: [&str; 8] =
    ["CI", "LANG", "LC_ALL", "LLM_REFERENCE_DATA", "SystemRoot", "TEMP", "TMP", "TMPDIR"];
/// Nothing is sent to anybody, and nobody is asked whether something may be.
const FIXED: [(&str, &str); 7] = [
    ("CREWAI_DISABLE_TELEMETRY", "true"),
    ("CREWAI_DISABLE_TRACKING", "true"),
    ("CREWAI_DISABLE_VERSION_CHECK", "true"),
    ("CREWAI_TESTING", "true"),
    ("CREWAI_TRACING_ENABLED", "false"),
    ("OTEL_SDK_DISABLED", "true"),
    ("PYTHONUTF8", "1"),
];
/// Where the system's own programs are.
const SYSTEM_PATH: [&str; 2] = ["/usr/bin", "/bin"];
/// A network of its own, in which only loopback is up.
const LOOPBACK: [&str; 4] = ["--map-root-user", "--net", "--", "sh"];
const LOOPBACK_UP: &str = r#"ip link set lo up && exec "$@""#;

/// An environment for programs.
#[derive(Debug)]
pub(super) struct Environment {
    python: PathBuf,
    home: PathBuf,
    variables: Vec<(&'static str, PathBuf)>,
    has_own_network: bool,
}

impl Environment {
    /// Checks that no cargo is found in it.
    ///
    /// # Errors
    ///
    /// When a cargo is, or its folders cannot be made.
    pub(super) fn new(
        workspace: &Workspace,
        installation: &Installation,
        [upstream, manager]: [PathBuf; 2],
    ) -> Result<Self> {
        let folder = python::folder(workspace);
        let home = folder.join("home");
        // A file that one run left must not help the next.
        if home.exists() {
            fs::remove_dir_all(&home).context("cannot empty the home of the tests")?;
        }
        fs::create_dir_all(&home).context("cannot make the home of the tests")?;
        let folders = [installation.programs()].into_iter().chain(SYSTEM_PATH.map(PathBuf::from));
        let path = env::join_paths(folders).context("the build folder's path has a separator")?;
        ensure!(!holds_cargo(&path), "cargo is in {}; the wheel must do without", path.display());
        let has_own_network = can_have_own_network();
        println!(
            "network of the tests: {}",
            if has_own_network { "loopback, nothing else" } else { "checked by pytest alone" }
        );
        let variables = vec![
            ("PATH", path.into()),
            ("HOME", home.clone()),
            ("CREWAI_STORAGE_DIR", home.join("crewai")),
            ("PYTHONPYCACHEPREFIX", folder.join("bytecode")),
            ("LLM_CREWAI_UPSTREAM", upstream),
            ("LLM_MANAGER", manager),
        ];
        Ok(Self { python: installation.program("python"), home, variables, has_own_network })
    }

    /// A call of `python -m module`, in a folder of its own.
    pub(super) fn module(&self, module: &str) -> Command {
        let mut command = if self.has_own_network {
            let mut command = Command::new("unshare");
            command.args(LOOPBACK).args(["-c", LOOPBACK_UP, "sh"]).arg(&self.python);
            command
        } else {
            Command::new(&self.python)
        };
        let kept = KEPT.iter().filter_map(|name| Some((*name, env::var_os(name)?)));
        command.env_clear().envs(kept).envs(FIXED);
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.current_dir(&self.home).args(["-m", module]);
        command
    }
}

fn holds_cargo(path: &std::ffi::OsStr) -> bool {
    let name = format!("cargo{}", env::consts::EXE_SUFFIX);
    env::split_paths(path).any(|folder: PathBuf| Path::new(&folder).join(&name).exists())
}

/// Not every system lets everybody have one.
fn can_have_own_network() -> bool {
    let mut probe = Command::new("unshare");
    probe.args(LOOPBACK).args(["-c", LOOPBACK_UP, "sh", "true"]);
    probe.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cargo_on_the_path_is_noticed() {
        let (with, without) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let cargo = format!("cargo{}", env::consts::EXE_SUFFIX);
        fs::write(with.path().join(cargo), "").unwrap();
        assert!(!holds_cargo(&env::join_paths([without.path()]).unwrap()));
        assert!(holds_cargo(&env::join_paths([without.path(), with.path()]).unwrap()));
    }
}
