//! The catalogues that were read, on disk.

use std::{
    cmp::Reverse,
    io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::file::StateFile;
use crate::facts::Learned;

const VERSION: u32 = 1;
/// Catalogues kept; then the oldest go. Providers have other addresses in other configurations.
const MOST: usize = 32;

/// The file that keeps catalogues.
#[derive(Clone, Debug)]
pub(crate) struct CatalogueFile(StateFile);

#[derive(Default, Serialize, Deserialize)]
struct Content {
    catalogues: Vec<Learned>,
}

impl CatalogueFile {
    /// The file in `folder`.
    pub(crate) fn in_folder(folder: &Path) -> Self {
        Self(StateFile::new(folder, "catalogue", VERSION))
    }

    /// Where it is.
    pub(crate) fn path(&self) -> PathBuf {
        self.0.path()
    }

    /// What the file holds; nothing when there is none.
    pub(crate) fn read(&self) -> io::Result<Vec<Learned>> {
        self.0.read().map(|content: Content| content.catalogues)
    }

    /// Takes `learned` into the file. Of two of one provider at one address the later one stays.
    pub(crate) fn merge(&self, learned: &[Learned]) -> io::Result<()> {
        self.0.change(|content: &mut Content| {
            for new in learned {
                take_in(&mut content.catalogues, new.clone());
            }
            content.catalogues.sort_by_key(|known| Reverse(known.read_at));
            content.catalogues.truncate(MOST);
        })
    }
}

/// Adds `new`, in place of an earlier one of the same provider at the same address.
pub(super) fn take_in(catalogues: &mut Vec<Learned>, new: Learned) {
    match catalogues.iter_mut().find(|known| known.is_of_same(&new)) {
        Some(known) if known.read_at <= new.read_at => *known = new,
        Some(_) => {}
        None => catalogues.push(new),
    }
}
