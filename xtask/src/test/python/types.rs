//! Checks the types: of the package, its tests, examples and benches, and the stub of the extension against what it
//! has.

use std::{fs, process::Command};

use anyhow::{Context, Result};

use super::environment::Environment;
use crate::{
    python,
    python_tests::{self, CRATE, MYPY, PACKAGE, STUBTEST},
    test::tally::Tally,
    workspace::Workspace,
};

/// The programs that measure the package.
const BENCHES: &str = "crates/llm-bench/python";

/// The stub needs nothing of the package around it, which brings all of CrewAI along: half a minute.
const STUB_SETTINGS: &str = "[mypy]\nfollow_imports = skip\n";

/// Each of the two counts as one test.
pub(super) fn run(workspace: &Workspace, environment: &Environment) -> Tally {
    let settings = workspace.join(CRATE).join("pyproject.toml");
    let mut mypy = environment.module("mypy");
    mypy.arg("--strict").arg("--config-file").arg(&settings);
    mypy.arg("--cache-dir").arg(python::folder(workspace).join("mypy"));
    mypy.arg(workspace.join(CRATE).join("python").join(PACKAGE));
    mypy.arg(python_tests::folder(workspace)).arg(workspace.join(BENCHES));
    mypy.arg(workspace.join(CRATE).join("examples"));
    let mut tally = count(MYPY, mypy);

    match stubtest(workspace, environment) {
        Ok(stubtest) => tally.add(count(STUBTEST, stubtest)),
        Err(error) => tally.fail(format!("{STUBTEST}: {error:#}")),
    }
    tally
}

fn stubtest(workspace: &Workspace, environment: &Environment) -> Result<Command> {
    let settings = python::folder(workspace).join("stubtest.ini");
    fs::write(&settings, STUB_SETTINGS).context("cannot write its settings")?;
    let mut stubtest = environment.module("mypy.stubtest");
    stubtest.arg(format!("{PACKAGE}._native")).arg("--mypy-config-file").arg(settings);
    Ok(stubtest)
}

fn count(name: &str, mut command: Command) -> Tally {
    let mut tally = Tally::default();
    println!("{name}");
    match command.status() {
        Ok(status) if status.success() => {
            tally.pass(1);
            tally.remember(name.to_owned());
        }
        Ok(_) => tally.fail(format!("{name}: see above")),
        Err(error) => tally.fail(format!("{name}: {error}")),
    }
    tally
}
