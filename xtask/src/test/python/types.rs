//! Checks the types: of the package, its tests and its benches, and the stub of the extension against what it
//! has.

use std::process::Command;

use super::environment::Environment;
use crate::{
    python,
    python_tests::{self, CRATE, MYPY, PACKAGE, STUBTEST},
    test::tally::Tally,
    workspace::Workspace,
};

/// The programs that measure the package.
const BENCHES: &str = "crates/llm-bench/python";

/// Each of the two counts as one test.
pub(super) fn run(workspace: &Workspace, environment: &Environment) -> Tally {
    let settings = workspace.join(CRATE).join("pyproject.toml");
    let mut mypy = environment.module("mypy");
    mypy.arg("--strict").arg("--config-file").arg(&settings);
    mypy.arg("--cache-dir").arg(python::folder(workspace).join("mypy"));
    mypy.arg(workspace.join(CRATE).join("python").join(PACKAGE));
    mypy.arg(python_tests::folder(workspace)).arg(workspace.join(BENCHES));
    let mut tally = count(MYPY, mypy);

    let mut stubtest = environment.module("mypy.stubtest");
    stubtest.arg(format!("{PACKAGE}._native")).arg("--mypy-config-file").arg(&settings);
    tally.add(count(STUBTEST, stubtest));
    tally
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
