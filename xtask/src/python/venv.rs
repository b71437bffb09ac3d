//! Virtual environments with what is needed, under the build folder.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, ensure};

use super::interpreter::{Interpreter, Version};
use crate::{python_tests::CRATE, workspace::Workspace};

/// What an environment is for.
#[derive(Debug)]
pub(crate) struct Purpose {
    folder: &'static str,
    /// The files that name packages, each with its version.
    wanted: &'static [&'static str],
    /// Whether the versions of what these bring along are those of [`FROZEN`].
    is_frozen: bool,
}

/// The tests of the package.
pub(crate) const TESTS: Purpose =
    Purpose { folder: "environment", wanted: &["requirements/test.txt"], is_frozen: true };
/// The benches: beside it, the clients it is compared with. They do not go together with some of
/// the frozen versions.
pub(crate) const BENCHES: Purpose = Purpose {
    folder: "bench",
    wanted: &["requirements/test.txt", "requirements/bench.txt"],
    is_frozen: false,
};

/// The versions of all others, and the Python they were chosen with: a version of one package may
/// not exist for another Python.
const FROZEN: &str = "requirements/constraints.txt";
const FROZEN_WITH: Version = Version(3, 11);

/// An environment with everything that is wanted.
#[derive(Debug)]
pub(crate) struct Installation {
    folder: PathBuf,
}

impl Installation {
    /// Installs what is wanted, unless exactly that is installed.
    ///
    /// # Errors
    ///
    /// When it cannot be installed; the message says the remedy, pip says what is wrong.
    pub(crate) fn install(
        workspace: &Workspace,
        interpreter: &Interpreter,
        purpose: &Purpose,
    ) -> Result<Self> {
        let environment = Self { folder: super::folder(workspace).join(purpose.folder) };
        let source = workspace.join(CRATE);
        let stamp = Stamp::of(&source, interpreter, purpose)?;
        if stamp.is_on(&environment.folder) {
            return Ok(environment);
        }
        let wanted = purpose.wanted.join(", ");
        println!("{}: installing {wanted}", workspace.relative(&environment.folder));
        if environment.folder.exists() {
            fs::remove_dir_all(&environment.folder).context("cannot remove the old environment")?;
        }
        let name = interpreter.program.display();
        let mut create = Command::new(&interpreter.program);
        create.args(["-m", "venv"]).arg(&environment.folder);
        ensure!(
            run(&mut create)?,
            "`{name} -m venv` failed, see above; install its modules venv and ensurepip, or name \
             another Python in LLM_PYTHON"
        );
        let mut pip = environment.pip("install");
        for file in purpose.wanted {
            pip.arg("--requirement").arg(source.join(file));
        }
        if purpose.is_frozen && interpreter.version == FROZEN_WITH {
            pip.arg("--constraint").arg(source.join(FROZEN));
        }
        ensure!(run(&mut pip)?, "pip cannot install {wanted} of {CRATE}, see above");
        stamp.put_on(&environment.folder)?;
        Ok(environment)
    }

    /// Installs a wheel over the one before it, without its dependencies.
    ///
    /// # Errors
    ///
    /// When pip fails; it says why.
    pub(crate) fn install_wheel(&self, wheel: &Path) -> Result<()> {
        let mut pip = self.pip("install");
        pip.args(["--force-reinstall", "--no-deps"]).arg(wheel);
        ensure!(run(&mut pip)?, "pip cannot install the wheel, see above");
        Ok(())
    }

    /// The folder of its programs.
    pub(crate) fn programs(&self) -> PathBuf {
        self.folder.join(if cfg!(windows) { "Scripts" } else { "bin" })
    }

    /// One of its programs.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.programs().join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
    }

    /// A call of pip that asks nothing and says only what is wrong. It leaves compiling to the
    /// first import: most modules are never imported.
    fn pip(&self, command: &str) -> Command {
        let mut pip = Command::new(self.program("python"));
        pip.args(["-m", "pip", command, "--quiet", "--no-input", "--no-compile"]);
        pip.arg("--disable-pip-version-check");
        pip
    }
}

/// Runs a program whose stdout does not matter; true when it succeeds.
fn run(command: &mut Command) -> Result<bool> {
    let name = command.get_program().display().to_string();
    // `venv` says on stdout what it lacks.
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot start `{name}`"))?;
    if !output.status.success() {
        print!("{}", String::from_utf8_lossy(&output.stdout));
    }
    Ok(output.status.success())
}

/// What an environment was made of. Its file is written last, so it tells a whole installation from
/// a broken one.
#[derive(Debug, PartialEq, Eq)]
struct Stamp(String);

impl Stamp {
    const FILE: &str = "installed.txt";

    fn of(source: &Path, interpreter: &Interpreter, purpose: &Purpose) -> Result<Self> {
        let Interpreter { program, version } = interpreter;
        let mut text = format!("{} {version}\n", program.display());
        for file in purpose.wanted.iter().chain(purpose.is_frozen.then_some(&FROZEN)) {
            text += &fs::read_to_string(source.join(file))
                .with_context(|| format!("cannot read {CRATE}/{file}"))?;
        }
        Ok(Self(text))
    }

    fn is_on(&self, folder: &Path) -> bool {
        fs::read_to_string(folder.join(Self::FILE)).is_ok_and(|text| text == self.0)
    }

    fn put_on(&self, folder: &Path) -> Result<()> {
        fs::write(folder.join(Self::FILE), &self.0).context("cannot write the environment's stamp")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interpreter(name: &str, minor: u8) -> Interpreter {
        Interpreter { program: name.into(), version: Version(3, minor) }
    }

    #[test]
    fn an_environment_is_kept_until_what_it_was_made_of_changes() {
        let root = tempfile::tempdir().unwrap();
        let (source, folder) = (root.path().join("source"), root.path().join("environment"));
        fs::create_dir_all(source.join("requirements")).unwrap();
        fs::create_dir_all(&folder).unwrap();
        fs::write(source.join("requirements/test.txt"), "pytest==9.2.0\n").unwrap();
        fs::write(source.join(FROZEN), "pluggy==1.6.0\n").unwrap();
        let stamp = || Stamp::of(&source, &interpreter("python3", 11), &TESTS).unwrap();

        assert!(!stamp().is_on(&folder), "nothing is installed yet");
        stamp().put_on(&folder).unwrap();
        assert!(stamp().is_on(&folder));
        let other = Stamp::of(&source, &interpreter("python3", 12), &TESTS).unwrap();
        assert!(!other.is_on(&folder), "another version");
        fs::write(source.join(FROZEN), "pluggy==1.7.0\n").unwrap();
        assert!(!stamp().is_on(&folder), "another list of versions");

        stamp().put_on(&folder).unwrap();
        fs::write(source.join("requirements/bench.txt"), "httpx==0.28.1\n").unwrap();
        let benches = Stamp::of(&source, &interpreter("python3", 11), &BENCHES).unwrap();
        assert!(!benches.is_on(&folder), "another purpose");
    }
}
