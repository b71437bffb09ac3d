//! Finds a test by its name: one in Rust along the `mod` lines from the root of its target, one in
//! Python by its file.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    python_tests::{self, PACKAGE},
    workspace::Workspace,
};

/// Says why there is no test of this name: `crate::target::module::function`, or
/// `llm_crewai::module::function` for one in Python.
///
/// # Errors
///
/// The first part of the name that leads nowhere.
pub(crate) fn test(workspace: &Workspace, name: &str) -> Result<(), String> {
    let parts: Vec<&str> = name.split("::").collect();
    if parts.first() == Some(&PACKAGE) {
        return python_test(workspace, name);
    }
    let [package, target, modules @ .., function] = parts.as_slice() else {
        return Err("a name is `crate::target::module::function`".to_owned());
    };
    let folder = if *package == "xtask" {
        workspace.join(package)
    } else {
        workspace.join("crates").join(package)
    };
    if !folder.is_dir() {
        return Err(format!("no crate `{package}`"));
    }
    let root = root_of(&folder, target).ok_or_else(|| format!("no target `{target}`"))?;
    let mut module = Module::open(&root).ok_or_else(|| format!("no target `{target}`"))?;
    for name in modules {
        module = module.child(name).ok_or_else(|| format!("no `mod {name}`"))?;
    }
    if holds_test(&module.text, function) {
        Ok(())
    } else {
        Err(format!("no test `fn {function}` in its module"))
    }
}

fn python_test(workspace: &Workspace, name: &str) -> Result<(), String> {
    let names = python_tests::names(workspace).map_err(|error| format!("{error:#}"))?;
    if names.iter().any(|known| known == name) {
        Ok(())
    } else {
        Err(format!("no such function under {}/tests/python", python_tests::CRATE))
    }
}

/// The file a target starts from.
fn root_of(package: &Path, target: &str) -> Option<PathBuf> {
    let candidates = match target {
        "lib" => vec![package.join("src/lib.rs")],
        "bin" => vec![package.join("src/main.rs")],
        name => {
            let tests = package.join("tests");
            vec![tests.join(name).join("main.rs"), tests.join(format!("{name}.rs"))]
        }
    };
    candidates.into_iter().find(|path| path.is_file())
}

/// The text of a module, and the folder where the files of its children lie.
#[derive(Debug)]
struct Module {
    text: String,
    folder: PathBuf,
}

impl Module {
    fn open(file: &Path) -> Option<Self> {
        let text = fs::read_to_string(file).ok()?;
        let is_root =
            ["main", "lib", "mod"].iter().any(|stem| file.file_stem() == Some(stem.as_ref()));
        let folder = if is_root { file.parent()?.to_owned() } else { file.with_extension("") };
        Some(Self { text, folder })
    }

    fn child(&self, name: &str) -> Option<Self> {
        let is_declared = |end: &str| {
            self.text.lines().map(without_visibility).any(|line| line == format!("mod {name}{end}"))
        };
        if is_declared(";") {
            return Self::open(&self.folder.join(format!("{name}.rs")))
                .or_else(|| Self::open(&self.folder.join(name).join("mod.rs")));
        }
        is_declared(" {")
            .then(|| Some(Self { text: block(&self.text, name)?, folder: self.folder.join(name) }))
            .flatten()
    }
}

/// The lines of an inline module, which rustfmt ends with a brace as deep as its beginning.
fn block(text: &str, name: &str) -> Option<String> {
    let head = format!("mod {name} {{");
    let mut lines = text.lines().skip_while(|line| without_visibility(line) != head);
    let depth = indent(lines.next()?);
    Some(
        lines
            .take_while(|line| !(line.trim() == "}" && indent(line) == depth))
            .collect::<Vec<_>>()
            .join("\n"),
    )
}

/// True when a function of this name has an attribute that makes it a test.
fn holds_test(text: &str, function: &str) -> bool {
    let mut is_test = false;
    for line in text.lines().map(str::trim) {
        if let Some(attribute) = line.strip_prefix("#[") {
            is_test |= makes_test(attribute);
        } else if let Some(name) = function_name(line) {
            if is_test && name == function {
                return true;
            }
            is_test = false;
        }
    }
    false
}

/// `test]`, `tokio::test(start_paused = true)]`, `test_case(1)]`.
fn makes_test(attribute: &str) -> bool {
    let path = attribute.split(['(', ']']).next().unwrap_or_default().trim();
    matches!(path.rsplit("::").next(), Some("test" | "test_case" | "rstest"))
}

fn function_name(line: &str) -> Option<&str> {
    let line = without_visibility(line);
    let line = line.strip_prefix("async ").unwrap_or(line);
    line.strip_prefix("fn ")?.split(['(', '<']).next()
}

/// A declaration without indentation, visibility and an attribute on the same line.
fn without_visibility(line: &str) -> &str {
    let line = line.trim();
    let line = line.strip_prefix("#[cfg(test)] ").unwrap_or(line);
    let line = line.strip_prefix("pub(crate) ").unwrap_or(line);
    line.strip_prefix("pub ").unwrap_or(line)
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workspace_with(files: &[(&str, &str)]) -> (tempfile::TempDir, Workspace) {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let workspace = Workspace::at(root.path());
        (root, workspace)
    }

    #[test]
    fn tests_are_found_where_their_name_says() {
        let (_root, workspace) = workspace_with(&[
            ("crates/a/tests/it/main.rs", "#[cfg(test)]\nmod b;\n"),
            ("crates/a/tests/it/b.rs", "#[cfg(test)]\nmod c;\n#[test]\nfn one() {}\n"),
            (
                "crates/a/tests/it/b/c.rs",
                "#[tokio::test(start_paused = true)]\nasync fn two() {}\n",
            ),
            (
                "crates/a/src/lib.rs",
                "mod d;\n#[cfg(test)]\nmod tests {\n    proptest! {\n        #[test]\n        fn \
                 three(x in 0..9) {}\n    }\n}\n",
            ),
            (
                "crates/a/src/d/mod.rs",
                "#[cfg(test)]\nmod tests {\n    #[test]\n    fn four() {}\n}",
            ),
            ("xtask/src/main.rs", "#[test]\n#[should_panic]\nfn five() {}\n"),
        ]);
        for name in [
            "a::it::b::one",
            "a::it::b::c::two",
            "a::lib::tests::three",
            "a::lib::d::tests::four",
            "xtask::bin::five",
        ] {
            assert_eq!(test(&workspace, name), Ok(()), "{name}");
        }
    }

    #[test]
    fn tests_in_python_are_found_by_their_file() {
        let text = "def test_one() -> None: ...\n";
        let (_root, workspace) =
            workspace_with(&[("crates/llm-crewai-bridge/tests/python/test_a.py", text)]);
        assert_eq!(test(&workspace, "llm_crewai::test_a::test_one"), Ok(()));
        let reason = test(&workspace, "llm_crewai::test_a::test_two").unwrap_err();
        assert_eq!(reason, "no such function under crates/llm-crewai-bridge/tests/python");
    }

    #[test]
    fn tests_that_are_not_there_are_told_from_those_that_are() {
        let (_root, workspace) = workspace_with(&[
            ("crates/a/tests/it/main.rs", "mod b;\n#[test]\nfn elsewhere() {}\n"),
            ("crates/a/tests/it/b.rs", "#[test]\nfn one() {}\nfn helper() {}\n"),
            ("crates/a/tests/it/undeclared.rs", "#[test]\nfn one() {}\n"),
            ("crates/a/src/lib.rs", "mod t {\n    fn f() {}\n}\n#[test]\nfn outside() {}\n"),
        ]);
        let names = [
            "a::one",
            "z::it::b::one",
            "a::unit::b::one",
            "a::it::undeclared::one",
            "a::it::b::helper",
            "a::it::b::elsewhere",
            "a::lib::t::outside",
        ];
        let reasons = names.map(|name| format!("{name}: {}", test(&workspace, name).unwrap_err()));
        insta::assert_snapshot!(reasons.join("\n"), @"
        a::one: a name is `crate::target::module::function`
        z::it::b::one: no crate `z`
        a::unit::b::one: no target `unit`
        a::it::undeclared::one: no `mod undeclared`
        a::it::b::helper: no test `fn helper` in its module
        a::it::b::elsewhere: no test `fn elsewhere` in its module
        a::lib::t::outside: no test `fn outside` in its module
        ");
    }
}
