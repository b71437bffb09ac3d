//! What tests and benches in Python run against: the wheel, and programs of the workspace.

use std::{
    fs,
    io::BufReader,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail, ensure};
use cargo_metadata::Message;

use super::venv::Installation;
use crate::{
    cargo,
    python_tests::{CRATE, PACKAGE},
    workspace::Workspace,
};

/// How the wheel is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// As everything that is tested, so that its dependencies are built once.
    Dev,
    /// As it is given to people.
    Release,
}

/// Builds the wheel in the build folder of everything else, and says how large it is. Without
/// symbols it is a third of the size and installed sooner.
///
/// # Errors
///
/// When it cannot be built; maturin says why.
pub(crate) fn build(
    workspace: &Workspace,
    environment: &Installation,
    profile: Profile,
) -> Result<PathBuf> {
    let (folder, options, remark): (_, &[&str], _) = match profile {
        Profile::Dev => ("wheels", &[], ", not optimised"),
        Profile::Release => ("release-wheels", &["--release"], ""),
    };
    let folder = super::folder(workspace).join(folder);
    // Of one wheel there is one file, also after its name has changed.
    if folder.exists() {
        fs::remove_dir_all(&folder).context("cannot remove the old wheel")?;
    }
    let mut maturin = Command::new(environment.program("maturin"));
    maturin.args(["build", "--quiet", "--locked", "--strip"]).args(options).arg("--manifest-path");
    maturin.arg(workspace.join(CRATE).join("Cargo.toml"));
    maturin.arg("--target-dir").arg(workspace.target());
    maturin.arg("--interpreter").arg(environment.program("python")).arg("--out").arg(&folder);
    println!("{}: building", workspace.relative(&folder));
    let output = maturin.output().context("cannot start maturin")?;
    if !output.status.success() {
        print!("{}", String::from_utf8_lossy(&output.stderr));
        bail!("maturin cannot build the wheel, see above");
    }
    let wheel = only_wheel(&folder)?;
    let bytes = fs::metadata(&wheel).context("cannot read the wheel")?.len();
    println!("{}: {:.1} MB{remark}", workspace.relative(&wheel), megabytes(bytes));
    Ok(wheel)
}

#[expect(clippy::cast_precision_loss, reason = "a size for people, with one decimal")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

fn only_wheel(folder: &Path) -> Result<PathBuf> {
    let mut wheels = Vec::new();
    for entry in fs::read_dir(folder).context("maturin made no folder of wheels")? {
        let path = entry.context("cannot read the folder of wheels")?.path();
        let is_ours = path.file_name().and_then(|name| name.to_str()).is_some_and(|name| {
            name.strip_prefix(PACKAGE).is_some_and(|rest| rest.starts_with('-'))
        });
        if is_ours && path.extension().is_some_and(|end| end == "whl") {
            wheels.push(path);
        }
    }
    ensure!(wheels.len() == 1, "maturin made {} wheels of {PACKAGE}, not one", wheels.len());
    wheels.pop().context("no wheel")
}

/// Builds programs of the workspace and says where they are, in the order of their names.
///
/// # Errors
///
/// When one cannot be built; cargo says why.
pub(crate) fn programs<const N: usize>(
    workspace: &Workspace,
    arguments: &[&str],
    names: [&str; N],
) -> Result<[PathBuf; N]> {
    let mut command = cargo::command(workspace, arguments);
    command.args(["--locked", "--message-format", "json-render-diagnostics"]);
    let mut child = command.stdout(Stdio::piped()).spawn().context("cannot start cargo")?;
    let stdout = child.stdout.take().context("cargo has no stdout")?;
    let mut found = names.map(|_| None);
    for message in Message::parse_stream(BufReader::new(stdout)) {
        if let Message::CompilerArtifact(artifact) = message.context("cannot read cargo")?
            && artifact.target.is_bin()
            && !artifact.profile.test
        {
            let known =
                names.iter().zip(&mut found).find(|(name, _)| artifact.target.name == **name);
            if let (Some((_, place)), Some(executable)) = (known, artifact.executable) {
                *place = Some(executable.into_std_path_buf());
            }
        }
    }
    ensure!(child.wait().context("cannot wait for cargo")?.success(), "cargo failed, see above");
    let missing: Vec<&str> =
        names.iter().zip(&found).filter(|(_, at)| at.is_none()).map(|(name, _)| *name).collect();
    ensure!(missing.is_empty(), "cargo built no program {}", missing.join(", "));
    Ok(found.map(Option::unwrap_or_default))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wheel_is_found_by_its_name_and_alone() {
        let folder = tempfile::tempdir().unwrap();
        let make = |name: &str| fs::write(folder.path().join(name), "").unwrap();
        make("other-0.1.0-py3-none-any.whl");
        make("llm_crewai-0.1.0.tar.gz");
        let none = only_wheel(folder.path()).unwrap_err().to_string();
        assert_eq!(none, "maturin made 0 wheels of llm_crewai, not one");
        make("llm_crewai-0.1.0-cp310-abi3-linux_x86_64.whl");
        assert!(
            only_wheel(folder.path())
                .unwrap()
                .ends_with("llm_crewai-0.1.0-cp310-abi3-linux_x86_64.whl")
        );
        make("llm_crewai-0.2.0-cp310-abi3-linux_x86_64.whl");
        assert!(only_wheel(folder.path()).is_err());
    }
}
