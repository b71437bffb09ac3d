//! A file of kept state: read, set aside when broken, changed under a lock, replaced whole.

use std::{
    fs::{self, File, TryLockError},
    io::{self, Write},
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// How often the lock is tried, and how long before the next try.
const LOCK_TRIES: u32 = 500;
const LOCK_PAUSE: Duration = Duration::from_millis(10);
/// Broken files kept by number; the next one replaces the one without.
const MOST_SET_ASIDE: u32 = 100;
/// A larger file is not ours.
const LARGEST: u64 = 64 * 1024 * 1024;

/// A file of kept state, shared by every process that has the same state folder.
#[derive(Clone, Debug)]
pub(crate) struct StateFile {
    folder: PathBuf,
    name: &'static str,
    /// The version of the format; a file of another one is set aside.
    version: u32,
}

#[derive(Deserialize)]
struct Version {
    version: u32,
}

#[derive(Serialize)]
struct Versioned<'a, T> {
    version: u32,
    #[serde(flatten)]
    content: &'a T,
}

impl StateFile {
    /// The file `name`.json in `folder`, which is made when something is written.
    pub(super) fn new(folder: impl Into<PathBuf>, name: &'static str, version: u32) -> Self {
        Self { folder: folder.into(), name, version }
    }

    /// Where it is.
    pub(super) fn path(&self) -> PathBuf {
        self.beside("json")
    }

    /// What the file holds; nothing when there is none. A file that cannot be understood is set
    /// aside with a warning, so that nothing is lost and nothing stands in the way.
    pub(super) fn read<T: Default + DeserializeOwned>(&self) -> io::Result<T> {
        let path = self.path();
        match fs::metadata(&path) {
            Ok(facts) if facts.len() > LARGEST => return self.set_aside("it is far too large"),
            // Reading a pipe or a device may never end.
            Ok(facts) if !facts.is_file() => return Err(io::Error::other("it is not a file")),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(T::default()),
            Err(error) => return Err(error),
        }
        match self.parse(&fs::read(&path)?) {
            Ok(content) => Ok(content),
            Err(reason) => self.set_aside(&reason),
        }
    }

    /// Changes what the file holds. It is read and replaced under a lock, so that what several
    /// processes do at once adds up.
    pub(super) fn change<T: Default + Serialize + DeserializeOwned>(
        &self,
        change: impl FnOnce(&mut T),
    ) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        let _lock = self.lock()?;
        let mut content = self.read()?;
        change(&mut content);
        let versioned = Versioned { version: self.version, content: &content };
        self.replace(&serde_json::to_vec_pretty(&versioned)?)
    }

    /// Held until dropped. A process that dies frees it; one that is stopped is not waited for
    /// for ever: a lock of the system has no time limit of its own, so it is tried again and again.
    /// Only the thread that writes waits here, never a request.
    fn lock(&self) -> io::Result<File> {
        let path = self.beside("lock");
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
    fn replace(&self, text: &[u8]) -> io::Result<()> {
        // One name for all: only the holder of the lock writes, and what a killed process left
        // is written over.
        let beside = self.beside("json.tmp");
        let written = write_synced(&beside, text).and_then(|()| fs::rename(&beside, self.path()));
        if written.is_err() {
            let _already_gone = fs::remove_file(&beside);
        }
        written
    }

    fn set_aside<T: Default>(&self, reason: &str) -> io::Result<T> {
        let path = self.path();
        let aside = (1..=MOST_SET_ASIDE)
            .map(|number| self.beside(&format!("json.broken-{number}")))
            .find(|aside| !aside.exists())
            .unwrap_or_else(|| self.beside("json.broken"));
        match fs::rename(&path, &aside) {
            Ok(()) => tracing::warn!(
                file = %path.display(),
                kept_as = %aside.display(),
                reason,
                "the {} file cannot be read; starting anew",
                self.name
            ),
            // Another process has set it aside already.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        Ok(T::default())
    }

    fn parse<T: DeserializeOwned>(&self, text: &[u8]) -> Result<T, String> {
        // The version first: a later format may differ in everything else.
        let Version { version } =
            serde_json::from_slice(text).map_err(|error| format!("it is not ours: {error}"))?;
        if version != self.version {
            let reads = self.version;
            return Err(format!("its format is version {version}, this program reads {reads}"));
        }
        serde_json::from_slice(text).map_err(|error| format!("it is damaged: {error}"))
    }

    fn beside(&self, ending: &str) -> PathBuf {
        self.folder.join(format!("{}.{ending}", self.name))
    }
}

fn write_synced(path: &Path, text: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(text)?;
    file.sync_data()
}
