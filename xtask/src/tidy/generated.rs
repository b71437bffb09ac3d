//! Generated files: each has a test that writes it, none is left over from an earlier one.

use anyhow::Result;

use super::{
    Finding,
    source::{self, SourceFile},
};
use crate::workspace::Workspace;

const FOLDER: &str = "schema/";
/// A test that names this variable writes a generated file when it is set.
const WRITER_MARK: &str = "LLM_ACCEPT";

/// Every file under `schema/` is named by a test that writes it. Whether it is up to date is for
/// that test to say, under `cargo xtask snapshots --check`.
pub(crate) fn check(workspace: &Workspace) -> Result<Finding> {
    Ok(judge(&source::files(workspace)?))
}

fn judge(files: &[SourceFile]) -> Finding {
    let writers: Vec<&SourceFile> = files
        .iter()
        .filter(|file| file.path.starts_with("crates/") && file.is_rust())
        .filter(|file| file.text.contains(WRITER_MARK))
        .collect();
    let generated: Vec<&str> = files
        .iter()
        .filter_map(|file| file.path.strip_prefix(FOLDER))
        .filter(|name| !name.starts_with('.') && *name != "README.md")
        .collect();
    let is_written = |name: &str| writers.iter().any(|file| file.text.contains(name));
    let problems = generated
        .iter()
        .filter(|name| !is_written(name))
        .map(|name| {
            format!("{FOLDER}{name}: no test with {WRITER_MARK} writes it; remove it or add one")
        })
        .collect();
    Finding { summary: format!("{} generated files", generated.len()), problems }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> SourceFile {
        SourceFile { path: path.to_owned(), text: text.to_owned() }
    }

    #[test]
    fn a_file_nobody_writes_is_a_problem() {
        let writer = file(
            "crates/llm-manager/tests/it/schema.rs",
            "env::var(\"LLM_ACCEPT\"); write(\"schema/a.schema.json\")",
        );
        let reader = file("crates/llm-cli/src/main.rs", "include_str!(\"schema/b.schema.json\")");
        let (a, b) = (file("schema/a.schema.json", "{}"), file("schema/b.schema.json", "{}"));
        let finding = judge(&[writer, reader, a, b]);
        assert_eq!(finding.summary, "2 generated files");
        insta::assert_snapshot!(finding.problems.join("\n"), @"schema/b.schema.json: no test with LLM_ACCEPT writes it; remove it or add one");
    }
}
