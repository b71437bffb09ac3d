//! `test-models`: builds `llm-manager` and becomes it.

use std::{
    env,
    ffi::OsString,
    path::PathBuf,
    process::{Command, ExitCode, Stdio},
};

use anyhow::{Context, Result};
use cargo_metadata::Message;

use crate::{cargo, workspace::Workspace};

const BINARY: &str = "llm-manager";
const REPORT_DIR: &str = "LLM_REPORT_DIR";

/// Runs `llm-manager test-models` with `arguments`, untouched, in the caller's folder. Its exit
/// code is passed through; cargo's own 101 means that the build failed.
///
/// On Unix this process becomes the program, so Ctrl-C and every other signal reach it directly.
///
/// # Errors
///
/// When cargo or the program cannot be started.
pub(crate) fn run(workspace: &Workspace, arguments: &[OsString]) -> Result<ExitCode> {
    let program = match build(workspace)? {
        Build::Done(program) => program,
        Build::Failed(code) => return Ok(code),
    };
    let mut command = Command::new(program);
    command.arg("test-models").args(arguments);
    if env::var_os(REPORT_DIR).is_none() {
        command.env(REPORT_DIR, workspace.target().join("llm-reports"));
    }
    become_process(command)
}

enum Build {
    Done(PathBuf),
    Failed(ExitCode),
}

/// Builds the binary; cargo says itself what is wrong when it fails.
fn build(workspace: &Workspace) -> Result<Build> {
    let mut child = cargo::command(
        workspace,
        ["build", "--package", "llm-cli", "--bin", BINARY, "--message-format"],
    )
    .arg("json-render-diagnostics")
    .stdout(Stdio::piped())
    .spawn()
    .context("cannot start cargo")?;
    let mut program = None;
    if let Some(stdout) = child.stdout.take() {
        for message in Message::parse_stream(std::io::BufReader::new(stdout)) {
            if let Message::CompilerArtifact(artifact) = message.context("cannot read cargo")?
                && artifact.target.name == BINARY
                && let Some(executable) = artifact.executable
            {
                program = Some(executable.into_std_path_buf());
            }
        }
    }
    let status = child.wait().context("cannot wait for cargo")?;
    if !status.success() {
        return Ok(Build::Failed(cargo::exit_code(status)));
    }
    Ok(Build::Done(program.with_context(|| format!("cargo built no `{BINARY}`"))?))
}

#[cfg(unix)]
fn become_process(mut command: Command) -> Result<ExitCode> {
    use std::os::unix::process::CommandExt;

    // What it tells a person to type is what they typed.
    command.arg0("cargo xtask");
    Err(command.exec()).context("cannot start what was built")
}

#[cfg(not(unix))]
fn become_process(mut command: Command) -> Result<ExitCode> {
    command.status().map(cargo::exit_code).context("cannot start what was built")
}
