//! The files of a state folder.

use std::path::Path;

use super::{catalogue::CatalogueFile, statistics::StatisticsFile};

/// The files of a state folder.
#[derive(Clone, Debug)]
pub(crate) struct StateFiles {
    pub(crate) statistics: StatisticsFile,
    pub(crate) catalogue: CatalogueFile,
}

impl StateFiles {
    /// Those in `folder`.
    pub(crate) fn in_folder(folder: &Path) -> Self {
        Self {
            statistics: StatisticsFile::in_folder(folder),
            catalogue: CatalogueFile::in_folder(folder),
        }
    }
}
