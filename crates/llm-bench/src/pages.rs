//! Where pages on measurements are kept, each with the figures it is made of.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use serde::{Serialize, de::DeserializeOwned};

/// Keeps the figures as `docs/benchmarks/<name>.json` and their page as `docs/benchmarks/<name>.md`.
///
/// # Errors
///
/// A file cannot be written.
pub fn write(name: &str, figures: &impl Serialize, page: &str) -> Result<()> {
    let json = serde_json::to_string_pretty(figures)? + "\n";
    write_file(&path(name, "json"), &json)?;
    write_page(name, page)
}

/// Keeps one more page on figures that are kept already.
///
/// # Errors
///
/// The file cannot be written.
pub fn write_page(name: &str, page: &str) -> Result<()> {
    write_file(&path(name, "md"), page)
}

/// The kept figures.
///
/// # Errors
///
/// There are none, or they are those of something else.
pub fn figures<T: DeserializeOwned>(name: &str) -> Result<T> {
    let path = path(name, "json");
    let json = read_file(&path)?;
    serde_json::from_str(&json).with_context(|| format!("{} is not understood", path.display()))
}

/// The kept page.
///
/// # Errors
///
/// There is none.
pub fn page(name: &str) -> Result<String> {
    read_file(&path(name, "md"))
}

fn path(name: &str, extension: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/benchmarks");
    folder.join(name).with_extension(extension)
}

fn write_file(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

fn read_file(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}
