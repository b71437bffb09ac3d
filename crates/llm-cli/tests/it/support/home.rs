//! A folder of a test's own, in which the program runs with an environment of its own.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
};

use super::{HANG, Ran};

/// The program under test.
const PROGRAM: &str = env!("CARGO_BIN_EXE_llm-manager");
/// A folder of a test's own: home, working directory and state of the program.
pub(crate) struct Home {
    folder: tempfile::TempDir,
    variables: Vec<(String, String)>,
}

impl Home {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), variables: Vec::new() }
    }

    /// A home whose settings file is `yaml`.
    pub(crate) fn with_settings(yaml: &str) -> Self {
        let home = Self::new();
        home.write("config/llm_settings.yaml", yaml);
        home
    }

    /// Sets a variable for every run.
    pub(crate) fn set(mut self, name: &str, value: impl Into<String>) -> Self {
        self.variables.push((name.to_owned(), value.into()));
        self
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    /// Every file below the folder whose name is `name`.
    pub(crate) fn find(&self, name: &str) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut folders = vec![self.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.file_name().unwrap() == name {
                    found.push(path);
                }
            }
        }
        found.sort();
        found
    }

    /// Runs the program to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, "")
    }

    /// Runs the program to its end with `input` on its standard input.
    pub(crate) fn run_with(&self, arguments: &[&str], input: impl Into<Vec<u8>>) -> Ran {
        let mut command = assert_cmd::Command::new(PROGRAM);
        command.args(arguments).current_dir(self.path()).env_clear().envs(self.environment());
        command.write_stdin(input).timeout(HANG);
        Ran::new(&command.output().unwrap())
    }

    /// Starts the program with pipes on all its streams.
    pub(crate) fn start(&self, arguments: &[&str]) -> std::process::Child {
        std::process::Command::new(PROGRAM)
            .args(arguments)
            .current_dir(self.path())
            .env_clear()
            .envs(self.environment())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    fn environment(&self) -> Vec<(String, String)> {
        let home = self.path().display().to_string();
        let own = [("HOME", home.clone()), ("XDG_STATE_HOME", format!("{home}/state"))];
        own.map(|(name, value)| (name.to_owned(), value))
            .into_iter()
            .chain(self.variables.iter().cloned())
            .collect()
    }
}
