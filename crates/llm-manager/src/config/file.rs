//! Finds and reads configuration files.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use super::{
    diagnostic::{Code, Diagnostic},
    environment::Environment,
    origin::Origin,
    path::Path as ValuePath,
    source::{SourceFile, Span},
};

/// The variable that names the file.
const VARIABLE: &str = "LLM_CONFIG";
/// Where the file is looked for, below a folder.
const PLACE: &str = "config/llm_settings.yaml";
/// The longest text that is read.
const MOST_BYTES: u64 = 1024 * 1024;

/// A configuration file's text.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    pub(crate) name: String,
    pub(crate) content: String,
    /// Whether every user of the machine can read the file.
    pub(crate) is_public: bool,
}

/// The file that `LLM_CONFIG` names, else the nearest `config/llm_settings.yaml` in `folder` or
/// above it, not beyond the root of a git repository.
pub(crate) fn find(environment: &Environment, folder: &Path) -> Option<PathBuf> {
    if let Some(named) = environment.get(VARIABLE) {
        return Some(named.into());
    }
    for folder in folder.ancestors() {
        let file = folder.join(PLACE);
        if file.is_file() {
            return Some(file);
        }
        if folder.join(".git").exists() {
            break;
        }
    }
    None
}

/// That there is no file where one is looked for.
pub(crate) fn none_found() -> Diagnostic {
    about(PLACE, Code::NotFound, "there is no such file here or above".to_owned())
        .help(format!("create it, or name another with {VARIABLE}"))
}

/// The file that changes `path` on this machine alone: `x.local.yaml` beside `x.yaml`.
pub(crate) fn local(path: &Path) -> PathBuf {
    path.with_extension("local.yaml")
}

/// Reads a file; `None` when there is none.
pub(crate) fn read_optional(path: &Path) -> Result<Option<Text>, Box<Diagnostic>> {
    let name = path.display().to_string();
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Box::new(unreadable(&name, &error))),
    };
    let is_public = is_public(&file);
    let mut bytes = Vec::new();
    file.take(MOST_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| Box::new(unreadable(&name, &error)))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let place = error.utf8_error().valid_up_to();
        let message = format!("the file is not UTF-8 from byte {place} on");
        Box::new(about(&name, Code::Syntax, message).help("save it as UTF-8"))
    })?;
    checked(Text { name, content: text, is_public }).map(Some)
}

/// Reads a file that must be there.
pub(crate) fn read(path: &Path) -> Result<Text, Box<Diagnostic>> {
    read_optional(path)?.ok_or_else(|| {
        let name = path.display().to_string();
        let problem = about(&name, Code::NotFound, "the file does not exist".to_owned());
        Box::new(problem.help("check the path, or create the file"))
    })
}

/// A text that was handed in.
pub(crate) fn given(name: &str, text: &str) -> Result<Text, Box<Diagnostic>> {
    checked(Text { name: name.to_owned(), content: text.to_owned(), is_public: false })
}

/// A problem of a whole file.
pub(crate) fn about(name: &str, code: Code, message: String) -> Diagnostic {
    let origin = Origin::File { file: SourceFile::new(name, "", &[]), span: Span::default() };
    let mut problem = Diagnostic::new(code, &ValuePath::default(), &origin, message);
    problem.labels.clear();
    problem
}

/// The text without a byte order mark, if it is not too long.
fn checked(mut file: Text) -> Result<Text, Box<Diagnostic>> {
    if file.content.len() as u64 > MOST_BYTES {
        let message = "the file is longer than 1 MiB".to_owned();
        let problem = about(&file.name, Code::OutOfRange, message);
        return Err(Box::new(problem.help("a configuration is far shorter: check the path")));
    }
    if let Some(rest) = file.content.strip_prefix('\u{feff}') {
        file.content = rest.to_owned();
    }
    Ok(file)
}

fn unreadable(name: &str, error: &io::Error) -> Diagnostic {
    let reason = match error.kind() {
        io::ErrorKind::PermissionDenied => "this user may not read it",
        io::ErrorKind::IsADirectory => "it is a folder",
        _ => "the system refuses",
    };
    about(name, Code::Unreadable, format!("the file cannot be read: {reason}"))
        .help("name a file that this user may read")
}

#[cfg(unix)]
fn is_public(file: &File) -> bool {
    use std::os::unix::fs::PermissionsExt;

    const READABLE_BY_ALL: u32 = 0o004;
    file.metadata().is_ok_and(|facts| facts.permissions().mode() & READABLE_BY_ALL != 0)
}

#[cfg(not(unix))]
fn is_public(_: &File) -> bool {
    false
}
