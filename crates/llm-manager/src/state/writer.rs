//! The thread that writes what is learned, so that no request waits for a disk.

use std::{
    io,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
    time::Duration,
};

use llm_core::{ModelRef, Observation};

use super::{catalogue::take_in, files::StateFiles};
use crate::facts::Learned;

/// Observations are written at most this long after they were made: what a crash can lose.
const INTERVAL: Duration = Duration::from_secs(1);
/// Observations kept while the disk refuses them; then the oldest go.
const CAPACITY: usize = 100_000;

/// Writes observations and catalogues in the background. Dropping it writes what is left.
#[derive(Debug)]
pub(crate) struct Writer {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    files: StateFiles,
    queue: Mutex<Queue>,
    /// Held while the files are written: whoever flushes also waits for a batch on its way.
    writing: Mutex<()>,
    woken: Condvar,
}

#[derive(Debug, Default)]
struct Queue {
    pending: Vec<(ModelRef, Observation)>,
    /// One of a provider at an address.
    catalogues: Vec<Learned>,
    /// Dropped because the disk refused them for too long.
    lost: u64,
    closed: bool,
    /// Whether the last write failed: only the change is logged.
    failing: bool,
}

impl Writer {
    /// Starts the thread.
    pub(crate) fn start(files: StateFiles) -> io::Result<Self> {
        let (queue, writing, woken) = (Mutex::default(), Mutex::default(), Condvar::new());
        let shared = Arc::new(Shared { files, queue, writing, woken });
        let work = Arc::clone(&shared);
        let thread =
            thread::Builder::new().name("llm-statistics".to_owned()).spawn(move || work.run())?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Queues an observation; never waits for the disk.
    pub(crate) fn send(&self, model: &ModelRef, observation: &Observation) {
        let mut queue = self.shared.queue();
        if queue.pending.len() >= CAPACITY {
            let excess = queue.pending.len() + 1 - CAPACITY;
            queue.pending.drain(..excess);
            queue.lost = queue.lost.saturating_add(excess as u64);
        }
        let is_first = queue.is_empty();
        queue.pending.push((model.clone(), *observation));
        drop(queue);
        if is_first {
            self.shared.woken.notify_all();
        }
    }

    /// Queues a catalogue; never waits for the disk.
    pub(crate) fn send_catalogue(&self, learned: Learned) {
        take_in(&mut self.shared.queue().catalogues, learned);
        self.shared.woken.notify_all();
    }

    /// Writes what is pending now; blocks until it is written or refused.
    pub(crate) fn flush(&self) {
        self.shared.flush();
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.shared.queue().closed = true;
        self.shared.woken.notify_all();
        if let Some(thread) = self.thread.take() {
            let _panicked = thread.join();
        }
    }
}

impl Shared {
    /// Waits for the first to be written, gathers more for a moment, writes them all.
    fn run(&self) {
        loop {
            let mut queue = self.queue();
            while queue.is_empty() && !queue.closed {
                queue = self.woken.wait(queue).unwrap_or_else(PoisonError::into_inner);
            }
            let (queue, _) = self
                .woken
                .wait_timeout_while(queue, INTERVAL, |queue| !queue.closed)
                .unwrap_or_else(PoisonError::into_inner);
            let closed = queue.closed;
            drop(queue);
            self.flush();
            if closed {
                return;
            }
        }
    }

    fn flush(&self) {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut queue = self.queue();
        let (pending, catalogues) =
            (std::mem::take(&mut queue.pending), std::mem::take(&mut queue.catalogues));
        drop(queue);
        if pending.is_empty() && catalogues.is_empty() {
            return;
        }
        let observed = unless(pending.is_empty(), || self.files.statistics.merge(&pending));
        let listed = unless(catalogues.is_empty(), || self.files.catalogue.merge(&catalogues));
        let mut queue = self.queue();
        if observed.is_err() {
            let newer = std::mem::replace(&mut queue.pending, pending);
            queue.pending.extend(newer);
        }
        if listed.is_err() {
            for learned in catalogues {
                take_in(&mut queue.catalogues, learned);
            }
        }
        let observed = observed.map_err(|error| (self.files.statistics.path(), error));
        let listed = listed.map_err(|error| (self.files.catalogue.path(), error));
        match observed.and(listed) {
            Ok(()) => {
                if queue.failing {
                    tracing::info!(lost = queue.lost, "what is learned is written again");
                }
                queue.failing = false;
                queue.lost = 0;
            }
            Err((file, error)) => {
                if !queue.failing {
                    tracing::warn!(
                        file = %file.display(),
                        %error,
                        "what is learned cannot be written and is kept in memory; \
                         set `state_dir` to a folder that can be written"
                    );
                }
                queue.failing = true;
            }
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    fn is_empty(&self) -> bool {
        self.pending.is_empty() && self.catalogues.is_empty()
    }
}

fn unless(nothing: bool, write: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
    if nothing { Ok(()) } else { write() }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use llm_core::Timestamp;
    use tempfile::TempDir;

    use super::*;

    /// What was logged.
    #[derive(Clone, Debug, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(work: impl FnOnce()) -> String {
        let log = Log::default();
        let sink = log.clone();
        let subscriber = tracing_subscriber::fmt().with_writer(move || sink.clone()).finish();
        tracing::subscriber::with_default(subscriber, work);
        String::from_utf8(log.0.lock().unwrap().clone()).unwrap()
    }

    fn shared(files: StateFiles) -> Shared {
        let (queue, writing, woken) = (Mutex::default(), Mutex::default(), Condvar::new());
        Shared { files, queue, writing, woken }
    }

    #[test]
    fn the_file_that_is_refused_is_named() {
        let folder = TempDir::new().unwrap();
        let files = StateFiles::in_folder(folder.path());
        fs::create_dir(files.catalogue.path()).unwrap();
        let shared = shared(files);
        let learned = Learned {
            provider: "lab".into(),
            address: "0".to_owned(),
            read_at: Timestamp::default(),
            models: Vec::new(),
        };
        shared.queue().catalogues.push(learned);
        let log = logged(|| shared.flush());
        assert!(log.contains("catalogue.json"), "{log}");
        assert!(!log.contains("statistics"), "{log}");
    }

    #[test]
    fn k03_a_disk_that_refuses_is_logged_once_and_so_is_its_return() {
        let folder = TempDir::new().unwrap();
        // A file where the folder should be: refused also to the superuser.
        let place = folder.path().join("taken");
        let files = StateFiles::in_folder(&place);
        let shared = shared(files);
        let write = || {
            let at = Timestamp::default();
            let model = ModelRef::new("lab", "acme/swift");
            let observation = Observation::Failure { at, blamed: true };
            shared.queue().pending.push((model, observation));
            shared.flush();
        };
        let log = logged(|| {
            for _ in 0..2 {
                fs::write(&place, "not a folder").unwrap();
                (0..5).for_each(|_| write());
                fs::remove_file(&place).unwrap();
                (0..5).for_each(|_| write());
                fs::remove_dir_all(&place).unwrap();
            }
        });
        let changes: Vec<bool> =
            log.lines().map(|line| line.contains("cannot be written")).collect();
        assert_eq!(changes, [true, false, true, false], "{log}");
    }
}
