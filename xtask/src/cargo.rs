//! How cargo is called.

use std::{
    ffi::OsStr,
    process::{Command, ExitCode, ExitStatus},
};

use anyhow::{Context, Result, ensure};
use cargo_metadata::{Metadata, MetadataCommand};

use crate::workspace::Workspace;

/// A call of the cargo that started this program, in the workspace's root.
pub(crate) fn command<I, S>(workspace: &Workspace, arguments: I) -> Command
where
    I: IntoIterator<Item = S>,
    S: AsRef<OsStr>,
{
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(workspace.root()).args(arguments);
    command
}

/// The packages of this workspace, without their dependencies' own.
///
/// # Errors
///
/// When cargo cannot read the workspace.
pub(crate) fn members(workspace: &Workspace) -> Result<Metadata> {
    MetadataCommand::new()
        .manifest_path(workspace.join("Cargo.toml"))
        .no_deps()
        .exec()
        .context("cannot read the workspace: `cargo metadata` failed")
}

/// What a program printed, when it succeeded.
///
/// # Errors
///
/// When it cannot be started or fails; the message carries the last line it wrote to stderr.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().with_context(|| format!("cannot start `{name}`"))?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.success(),
        "`{name}` failed: {}",
        complaint.trim().lines().last().unwrap_or("it said nothing")
    );
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The code a program ended with, unchanged; 1 when a signal ended it.
pub(crate) fn exit_code(status: ExitStatus) -> ExitCode {
    status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from)
}
