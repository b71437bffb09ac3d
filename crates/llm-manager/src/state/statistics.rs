//! What is known about every model from its calls, on disk.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
};

use llm_core::{ModelRef, ModelStatistics, Observation};
use serde::{Deserialize, Serialize};

use super::file::StateFile;

const VERSION: u32 = 1;

/// What is known about every model, by provider and model.
pub(crate) type Statistics = BTreeMap<ModelRef, ModelStatistics>;

/// The file that keeps statistics.
#[derive(Clone, Debug)]
pub(crate) struct StatisticsFile(StateFile);

#[derive(Default, Serialize, Deserialize)]
struct Content {
    /// Provider, then model: JSON has no keys of two parts.
    models: BTreeMap<String, BTreeMap<String, ModelStatistics>>,
}

impl StatisticsFile {
    /// The file in `folder`.
    pub(crate) fn in_folder(folder: &Path) -> Self {
        Self(StateFile::new(folder, "statistics", VERSION))
    }

    /// Where it is.
    pub(crate) fn path(&self) -> PathBuf {
        self.0.path()
    }

    /// What the file holds; nothing when there is none.
    pub(crate) fn read(&self) -> io::Result<Statistics> {
        let content: Content = self.0.read()?;
        let of_provider = |(provider, models): (String, BTreeMap<String, _>)| {
            let name = move |model| ModelRef::new(provider.as_str(), model);
            models.into_iter().map(move |(model, known)| (name(model), known))
        };
        Ok(content.models.into_iter().flat_map(of_provider).collect())
    }

    /// Takes `observations` into the file.
    pub(crate) fn merge(&self, observations: &[(ModelRef, Observation)]) -> io::Result<()> {
        self.0.change(|content: &mut Content| {
            for (ModelRef { provider, model }, observation) in observations {
                let models = content.models.entry(provider.to_string()).or_default();
                let known = models.entry(model.to_string()).or_default();
                llm_strategies::observe(known, observation);
            }
        })
    }
}
