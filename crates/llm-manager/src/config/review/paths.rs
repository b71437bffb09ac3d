//! Folders that are written to: a relative one stays inside the working directory.

use std::path::{Component, Path as FilePath};

use crate::config::{
    diagnostic::{Code, Diagnostic},
    path::Path,
};

use super::context::Review;

const FOLDERS: [&[&str]; 2] = [&["state_dir"], &["report", "dir"]];

pub(super) fn review(review: &Review<'_>, problems: &mut Vec<Diagnostic>) {
    problems.extend(FOLDERS.iter().filter_map(|keys| {
        let node = review.set(keys)?;
        let path = Path::of(keys);
        leads_out(FilePath::new(node.as_text()?)).then(|| {
            let message = format!("`{path}` leads out of the working directory");
            Diagnostic::new(Code::OutOfRange, &path, &node.origin, message)
                .label("leads out")
                .help("write a path without `..`, or an absolute one")
        })
    }));
}

/// Whether a relative path climbs above where it begins.
fn leads_out(path: &FilePath) -> bool {
    let mut depth = 0_i32;
    path.is_relative()
        && path.components().any(|component| {
            depth += match component {
                Component::Normal(_) => 1,
                Component::ParentDir => -1,
                _ => 0,
            };
            depth < 0
        })
}
