//! The statistics file: read, set aside when broken, merged under a lock, replaced whole.

use std::{
    collections::BTreeMap,
    fs::{self, File, TryLockError},
    io::{self, Write},
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use llm_core::{ModelRef, ModelStatistics, Observation};
use serde::{Deserialize, Serialize};

/// The version of the format; a file of another one is set aside.
const VERSION: u32 = 1;
/// How often the lock is tried, and how long before the next try.
const LOCK_TRIES: u32 = 500;
const LOCK_PAUSE: Duration = Duration::from_millis(10);
/// Broken files kept by number; the next one replaces the one without.
const MOST_SET_ASIDE: u32 = 100;
/// A larger file is not ours.
const LARGEST: u64 = 64 * 1024 * 1024;

/// What is known about every model, by provider and model.
pub(crate) type Statistics = BTreeMap<ModelRef, ModelStatistics>;

/// The file that keeps statistics, shared by every process that has the same state folder.
#[derive(Clone, Debug)]
pub(crate) struct StatisticsFile {
    folder: PathBuf,
}

#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

#[derive(Default, Serialize, Deserialize)]
struct Content {
    version: u32,
    /// Provider, then model: JSON has no keys of two parts.
    models: BTreeMap<String, BTreeMap<String, ModelStatistics>>,
}

impl StatisticsFile {
    /// The file in `folder`, which is made when something is written.
    pub(crate) fn in_folder(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// Where it is.
    pub(crate) fn path(&self) -> PathBuf {
        self.folder.join("statistics.json")
    }

    /// What the file holds; nothing when there is none. A file that cannot be understood is set
    /// aside with a warning, so that nothing is lost and nothing stands in the way.
    pub(crate) fn read(&self) -> io::Result<Statistics> {
        let path = self.path();
        match fs::metadata(&path) {
            Ok(facts) if facts.len() > LARGEST => return self.set_aside("it is far too large"),
            // Reading a pipe or a device may never end.
            Ok(facts) if !facts.is_file() => return Err(io::Error::other("it is not a file")),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Statistics::new()),
            Err(error) => return Err(error),
        }
        match parse(&fs::read(&path)?) {
            Ok(statistics) => Ok(statistics),
            Err(reason) => self.set_aside(&reason),
        }
    }

    /// Takes `observations` into the file. The file is read and replaced under a lock, so that
    /// what several processes observe at once adds up.
    pub(crate) fn merge(&self, observations: &[(ModelRef, Observation)]) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        let _lock = self.lock()?;
        let mut statistics = self.read()?;
        for (model, observation) in observations {
            llm_strategies::observe(statistics.entry(model.clone()).or_default(), observation);
        }
        self.replace(&statistics)
    }

    /// Held until dropped. A process that dies frees it; one that is stopped is not waited for
    /// for ever: a lock of the system has no time limit of its own, so it is tried again and again.
    /// Only the thread that writes waits here, never a request.
    fn lock(&self) -> io::Result<File> {
        let path = self.folder.join("statistics.lock");
        let file = File::options().create(true).truncate(false).write(true).open(path)?;
        for _ in 0..LOCK_TRIES {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::WouldBlock) => thread::sleep(LOCK_PAUSE),
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
        Err(io::Error::new(io::ErrorKind::TimedOut, "another process holds the lock"))
    }

    /// Writes beside the file, then takes its place: a reader sees the old file or the new one.
    fn replace(&self, statistics: &Statistics) -> io::Result<()> {
        let mut content = Content { version: VERSION, ..Content::default() };
        for (ModelRef { provider, model }, known) in statistics {
            let models = content.models.entry(provider.to_string()).or_default();
            models.insert(model.to_string(), known.clone());
        }
        let text = serde_json::to_vec_pretty(&content)?;
        // One name for all: only the holder of the lock writes, and what a killed process left
        // is written over.
        let beside = self.folder.join("statistics.json.tmp");
        let written = write_synced(&beside, &text).and_then(|()| fs::rename(&beside, self.path()));
        if written.is_err() {
            let _already_gone = fs::remove_file(&beside);
        }
        written
    }

    fn set_aside(&self, reason: &str) -> io::Result<Statistics> {
        let path = self.path();
        let aside = (1..=MOST_SET_ASIDE)
            .map(|number| self.folder.join(format!("statistics.json.broken-{number}")))
            .find(|aside| !aside.exists())
            .unwrap_or_else(|| self.folder.join("statistics.json.broken"));
        match fs::rename(&path, &aside) {
            Ok(()) => tracing::warn!(
                file = %path.display(),
                kept_as = %aside.display(),
                reason,
                "the statistics cannot be read; starting anew"
            ),
            // Another process has set it aside already.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        Ok(Statistics::new())
    }
}

fn write_synced(path: &Path, text: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(text)?;
    file.sync_data()
}

fn parse(text: &[u8]) -> Result<Statistics, String> {
    // The version first: a later format may differ in everything else.
    let Versioned { version } =
        serde_json::from_slice(text).map_err(|error| format!("it is not ours: {error}"))?;
    if version != VERSION {
        return Err(format!("its format is version {version}, this program reads {VERSION}"));
    }
    let content: Content =
        serde_json::from_slice(text).map_err(|error| format!("it is damaged: {error}"))?;
    let mut statistics = Statistics::new();
    for (provider, models) in content.models {
        for (model, known) in models {
            statistics.insert(ModelRef::new(provider.as_str(), model), known);
        }
    }
    Ok(statistics)
}
